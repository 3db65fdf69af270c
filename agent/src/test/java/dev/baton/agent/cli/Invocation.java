package dev.baton.agent.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One command, run to its end.
 *
 * @param status its exit status
 * @param out what it printed
 * @param err what it complained about
 */
record Invocation(int status, List<String> out, List<String> err) {

  static Invocation of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Cli.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int status = line.execute(args);
    return new Invocation(status, out.toString().lines().toList(), err.toString().lines().toList());
  }

  /** What it printed, which must be one JSON object. */
  JsonNode json() {
    if (out.size() != 1) {
      throw new AssertionError("not one line: " + out + " " + err);
    }
    return JsonMapper.shared().readTree(out.get(0));
  }
}
