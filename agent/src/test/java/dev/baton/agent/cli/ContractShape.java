package dev.baton.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The JSON that programs may rely on, as documented. What is printed must have every key of it,
 * with a value of the same type; more keys are fine.
 */
final class ContractShape {

  static final ContractShape HANDOFF =
      new ContractShape(
          """
          {"from":"a","to":"b","handedOff":3,"skipped":1,"failed":0,
           "connections":[{"id":"x","client":"[fd00::1]:40112","method":"GET","uri":"/big.bin",
             "sent":7340032,"result":"handed-off","reason":null,
             "phaseMicros":{"prepare":0,"freeze":0,"extract":0,"transfer":0,"recreate":0,"switch":0,
               "activate":0},
             "pauseMicros":0}]}
          """);

  static final ContractShape CONNECTIONS =
      new ContractShape(
          """
          {"connections":[{"node":"a","id":"x","client":"x","state":"response","method":"GET",
            "uri":"/big.bin","sent":123,"movable":true,"reason":null}]}
          """);

  static final ContractShape NODES =
      new ContractShape(
          """
          {"nodes":[{"name":"a","pid":1,"ports":[8080],"connections":2,"draining":false}]}
          """);

  private final JsonNode example;

  private ContractShape(String example) {
    this.example = JsonMapper.shared().readTree(example);
  }

  void isThatOf(JsonNode actual) {
    compare("$", example, actual);
  }

  private static void compare(String path, JsonNode expected, JsonNode actual) {
    assertThat(actual).as(path).isNotNull();
    if (expected.isNull() || actual.isNull()) {
      return; // null stands for "none", which any value may be
    }
    assertThat(actual.getNodeType()).as(path).isEqualTo(expected.getNodeType());
    if (expected.isObject()) {
      List<String> order = List.copyOf(expected.propertyNames());
      assertThat(actual.propertyNames()).as(path).containsAll(order);
      order.forEach(key -> compare(path + "." + key, expected.get(key), actual.get(key)));
    } else if (expected.isArray()) {
      actual.forEach(element -> compare(path + "[]", expected.get(0), element));
    }
  }
}
