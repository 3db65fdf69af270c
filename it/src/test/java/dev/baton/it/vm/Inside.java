package dev.baton.it.vm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs tests in the virtual machine: the arguments are classes, or methods ({@code X#m}). */
final class Inside {

  /** What a line begins with that says how a test ended. */
  static final String PASSED = "passed: ";

  static final String FAILED = "FAILED: ";
  static final String SKIPPED = "skipped: ";

  private Inside() {}

  public static void main(String[] tests) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(
                Arrays.stream(tests)
                    .map(
                        test ->
                            test.contains("#")
                                ? DiscoverySelectors.selectMethod(test)
                                : DiscoverySelectors.selectClass(test))
                    .toList())
            .build();
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, summary, new Lines());
    PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    summary.getSummary().printFailuresTo(out, 15);
    System.exit(summary.getSummary().getTotalFailureCount() == 0 ? 0 : 1);
  }

  private static final class Lines implements TestExecutionListener {

    @Override
    public void executionStarted(TestIdentifier test) {
      if (test.isTest()) {
        System.out.println("began: " + name(test));
      }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      System.out.println(SKIPPED + name(test) + ": " + reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      String end =
          switch (result.getStatus()) {
            case SUCCESSFUL -> PASSED;
            case ABORTED -> SKIPPED;
            case FAILED -> FAILED;
          };
      if (test.isTest() || !end.equals(PASSED)) {
        String why = result.getThrowable().map(failure -> ": " + failure).orElse("");
        System.out.println(end + name(test) + why);
      }
    }

    private static String name(TestIdentifier test) {
      return test.getLegacyReportingName() + " (" + test.getUniqueIdObject() + ")";
    }
  }
}
