package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * After each test: if it failed, adds what the servers said last; if not, fails it when a server
 * has complained of something nobody expected.
 */
final class ServersSpeak implements AfterTestExecutionCallback {

  @Override
  public void afterTestExecution(ExtensionContext context) throws IOException {
    OnTestBed test = (OnTestBed) context.getRequiredTestInstance();
    if (context.getExecutionException().isPresent()) {
      Throwable failure = context.getExecutionException().get();
      failure.addSuppressed(new ServersSaid(test.bed().lastWords()));
      test.bed().complaints(); // Told hereby; the next test is not to be blamed for them.
    } else {
      assertThat(test.bed().complaints()).as("complaints of the servers").isEmpty();
    }
  }

  /** Carries words, not a place in the code. */
  private static final class ServersSaid extends Exception {

    private static final long serialVersionUID = 1;

    private ServersSaid(String words) {
      super(words, null, false, false);
    }
  }
}
