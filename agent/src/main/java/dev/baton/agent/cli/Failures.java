package dev.baton.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Turns what went wrong into one line on standard error and an exit status. Standard output stays
 * as it is: whoever reads JSON there gets an object or nothing.
 */
final class Failures {

  private Failures() {}

  /** What was typed makes no sense. */
  static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    say(command, firstLine(e) + "; try '" + command.getCommandSpec().qualifiedName() + " --help'");
    return Cli.WRONG_USAGE;
  }

  /** The command did not work. */
  static int failed(Exception e, CommandLine command, ParseResult parsed) throws Exception {
    if (e instanceof CommandFailedException failure) {
      say(command, firstLine(failure));
      return failure.status();
    }
    if (e instanceof IOException) {
      say(command, firstLine(e));
      return Cli.FAILED;
    }
    throw e; // a defect: the stack trace is what is needed
  }

  /** Prints a line. */
  static void say(CommandLine command, String line) {
    PrintWriter err = command.getErr();
    err.println("baton: " + line);
    err.flush();
  }

  /** An exception in one line: its message, or its kind where it has none. */
  static String firstLine(Exception e) {
    String message = e.getMessage();
    return message == null || message.isBlank()
        ? e.getClass().getSimpleName()
        : message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
