package dev.baton.it.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Repository;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The correspondent's data path in a kernel that has Mobile IPv6. Most have not, this one as a
 * rule; so the tests run in a virtual machine with one that has.
 */
class KernelPathIT {

  private static final String PATH = "dev.baton.it.net.MobilePathIT#";
  private static final String HANDOFF = "dev.baton.it.net.Mip6HandoffIT#";
  private static final Duration PATIENCE = Duration.ofMinutes(9);

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void theKernelServesACorrespondentAsThisProcessWould() throws Exception {
    assumeThat(VirtualMachine.missing()).as("a virtual machine").isNull();
    Path folder = Files.createDirectories(Repository.root().resolve("it/target/vm"));
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
            .replace(' ', File.pathSeparatorChar);
    String output =
        VirtualMachine.run(
            folder.resolve("run"),
            List.of(
                Jdk.current().java(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classes
                    + File.pathSeparator
                    + Repository.root().resolve("native/target/test-classes"),
                "-Dbaton.slack=3000",
                "-Dbaton.bytes=3000000",
                Inside.class.getName(),
                "dev.baton.linux.steer.RouteOptimizationTest",
                PATH + "clientAndNodeTalkDirectlyAndNobodyElseNotices()",
                PATH + "whatTheKernelServesDoesNotComeHere()",
                PATH + "mobilityMessagesAreNotRoutedByABinding()",
                PATH + "routersThatTakeOnlyShorterPacketsAreObeyed(int)",
                PATH + "packetsThatClaimAnUnknownHomeAddressAreReportedAndDropped()",
                "dev.baton.it.MobileCommandsIT",
                HANDOFF + "dataMayFollowTheBindingUpdateAtOnce()",
                HANDOFF + "thereAndBackTheSequenceContinues()",
                HANDOFF + "whenTheContactNodeDiesABackupGetsNewClientsAndOldOnesNoticeNothing()"),
            PATIENCE);
    output
        .lines()
        .filter(line -> line.startsWith(Inside.PASSED) || line.startsWith(Inside.SKIPPED))
        .forEach(System.out::println);
    assertThat(output).contains("run ended with 0").doesNotContain(Inside.FAILED);
    assertThat(output.lines().filter(line -> line.startsWith(Inside.PASSED)).count())
        .as(output)
        .isGreaterThanOrEqualTo(15);
  }
}
