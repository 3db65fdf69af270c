package dev.baton.agent;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings as text from where they may come: agent options, system properties, the
 * environment, and a file; the first to name a setting wins. A key that does not exist is an error
 * wherever it appears.
 */
final class SettingSources {

  /** A value and where it came from, for the message when it is bad. */
  record Entry(String value, String origin) {}

  private final Map<Setting, Entry> entries = new EnumMap<>(Setting.class);

  static Map<Setting, Entry> collect(
      @Nullable String options, Properties properties, Map<String, String> environment)
      throws SettingsException {
    SettingSources sources = new SettingSources();
    sources.addOptions(options);
    sources.addProperties(properties);
    sources.addEnvironment(environment);
    Entry config = sources.entries.get(Setting.CONFIG);
    if (config != null) {
      sources.addFile(config);
    }
    return sources.entries;
  }

  /**
   * Agent options are {@code key=value,key=value}. A value may itself be a list: a part that does
   * not begin with letters and an equals sign continues the value before it.
   */
  private void addOptions(@Nullable String options) throws SettingsException {
    if (options == null || options.isBlank()) {
      return;
    }
    Map<Setting, Entry> given = new EnumMap<>(Setting.class);
    Setting current = null;
    for (String part : options.split(",", -1)) {
      int equals = keyLength(part);
      if (equals >= 0) {
        String key = part.substring(0, equals).trim();
        current = known(key, "agent option");
        Entry entry = new Entry(part.substring(equals + 1).trim(), "agent option " + key);
        if (given.put(current, entry) != null) {
          throw new SettingsException("agent option " + key + " is given twice");
        }
      } else if (current != null) {
        Entry before = given.get(current);
        if (before != null) {
          given.put(current, new Entry(before.value() + "," + part.trim(), before.origin()));
        }
      } else {
        throw new SettingsException("agent options must be key=value,…, not '" + part + "'");
      }
    }
    add(given);
  }

  /** Returns where the equals sign is, if only a key is before it; otherwise −1. */
  private static int keyLength(String part) {
    int equals = part.indexOf('=');
    for (int i = 0; i < equals; i++) {
      char c = part.charAt(i);
      if (!Character.isLetter(c) && c != '.' && !Character.isWhitespace(c)) {
        return -1;
      }
    }
    return equals;
  }

  private void addProperties(Properties properties) throws SettingsException {
    Map<Setting, Entry> given = new EnumMap<>(Setting.class);
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith("baton.")) {
        Setting setting = known(name, "system property");
        given.put(setting, new Entry(properties.getProperty(name), "system property " + name));
      }
    }
    add(given);
  }

  private void addEnvironment(Map<String, String> environment) throws SettingsException {
    Map<Setting, Entry> given = new EnumMap<>(Setting.class);
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      String name = variable.getKey();
      if (!name.startsWith("BATON_") || isServiceDiscovery(name)) {
        continue;
      }
      Setting setting = Setting.ofVariable(name);
      if (setting == null) {
        throw new SettingsException("unknown environment variable " + name);
      }
      given.put(setting, new Entry(variable.getValue(), "environment variable " + name));
    }
    add(given);
  }

  /** Kubernetes sets these in every pod near a service that happens to be called "baton". */
  private static boolean isServiceDiscovery(String name) {
    return name.startsWith("BATON_SERVICE_")
        || name.equals("BATON_PORT")
        || name.startsWith("BATON_PORT_");
  }

  private void addFile(Entry config) throws SettingsException {
    Map<Setting, Entry> given = new EnumMap<>(Setting.class);
    File file = new File(config.value());
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(new FileInputStream(file), StandardCharsets.UTF_8))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        String text = line.trim();
        if (text.isEmpty() || text.startsWith("#")) {
          continue;
        }
        String origin = file + " line " + number;
        int equals = text.indexOf('=');
        if (equals < 0) {
          throw new SettingsException(origin + " is not key=value: '" + text + "'");
        }
        Setting setting = known(text.substring(0, equals).trim(), origin + ":");
        if (setting == Setting.CONFIG) {
          throw new SettingsException(origin + ": a settings file cannot name another");
        }
        given.put(setting, new Entry(text.substring(equals + 1).trim(), origin));
      }
    } catch (IOException e) {
      throw new SettingsException(config.origin() + ": " + e.getMessage());
    }
    add(given);
  }

  private void add(Map<Setting, Entry> given) {
    for (Map.Entry<Setting, Entry> entry : given.entrySet()) {
      entries.putIfAbsent(entry.getKey(), entry.getValue());
    }
  }

  private static Setting known(String key, String origin) throws SettingsException {
    Setting setting = Setting.named(key);
    if (setting == null) {
      throw new SettingsException("unknown " + origin + " " + key);
    }
    return setting;
  }
}
