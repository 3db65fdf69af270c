package dev.baton.agent.cli;

import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects as programs read them: one line, keys in the order of the record, ASCII only, so that no
 * locale can spoil it.
 */
final class Json {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .build();

  private Json() {}

  static String of(Object object) {
    return MAPPER.writeValueAsString(object);
  }

  /** The object with one more key, {@code error}. */
  static Object withError(Object object, String error) {
    ObjectNode node = MAPPER.valueToTree(object);
    return node.put("error", error);
  }
}
