package dev.baton.it.bench;

import dev.baton.it.bed.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What a benchmark found: collected while it is printed, written as JSON at the end. */
final class Results {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final String name;
  private final Map<String, Object> content = new LinkedHashMap<>();

  Results(String name, Bench.Options options) {
    this.name = name;
    content.put("benchmark", name);
    content.put("at", Instant.now().toString());
    content.put("kernel", System.getProperty("os.version"));
    content.put("processors", Runtime.getRuntime().availableProcessors());
    content.put("jdk", options.jdk().feature());
  }

  /** Keeps a value: a number, a text, a list or a map of such. */
  void put(String key, Object value) {
    content.put(key, value);
  }

  /** Writes {@code bench-results/NAME.json} and says so. */
  @SuppressWarnings("SystemOut")
  void write() throws IOException {
    Path file = folder().resolve(name + ".json");
    Files.writeString(file, JSON.writeValueAsString(content) + "\n");
    System.out.println("written: " + Repository.root().relativize(file));
  }

  static Path folder() throws IOException {
    return Files.createDirectories(Repository.root().resolve("bench-results"));
  }
}
