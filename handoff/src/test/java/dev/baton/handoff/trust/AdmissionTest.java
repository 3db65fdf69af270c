package dev.baton.handoff.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.handoff.Log;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets a ticket, and what becomes of it, by a clock that the test sets. */
class AdmissionTest {
  private static final Duration LIFE = Duration.ofSeconds(60);

  @TempDir private static Path shop;
  private static X509Certificate[] ofB;
  private static X509Certificate[] ofC;

  @TempDir private Path folder;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final Log log = new Log(new PrintStream(said, true, UTF_8), "a");
  private Instant now = Instant.now();
  private Path keys;
  private Path map;
  private Admission admission;

  @BeforeAll
  static void makeKeys() throws IOException {
    GroupAuthority authority = GroupAuthority.in(shop, "shop");
    authority.issue("a", Duration.ofDays(30));
    ofB = shown(authority.issue("b", Duration.ofDays(30)));
    ofC = shown(authority.issue("c", Duration.ofDays(1)));
  }

  private static X509Certificate[] shown(Path keys) throws IOException {
    return Pem.certificates(keys.resolve("node.pem")).toArray(X509Certificate[]::new);
  }

  @BeforeEach
  void open() throws IOException {
    keys = Files.createDirectory(folder.resolve("a"));
    for (String file : List.of("ca.pem", "node.pem", "node.key")) {
      Files.copy(shop.resolve("a").resolve(file), keys.resolve(file));
    }
    map = Files.writeString(folder.resolve("map"), "a\nb\nc\n");
    admission =
        new Admission(
            new KeyFolder(keys, "a", "shop"), new MapFile(map, log), LIFE, log, () -> now);
  }

  @AfterEach
  void close() {
    admission.close();
  }

  private static final class Talk implements Admission.Guest {
    boolean gone;
    boolean shownOut;

    @Override
    public String where() {
      return "192.0.2.7";
    }

    @Override
    public boolean gone() {
      return gone;
    }

    @Override
    public void showOut() {
      shownOut = true;
    }
  }

  private Talk admit(X509Certificate[] shown) throws IOException {
    Talk talk = new Talk();
    admission.admit(shown, talk);
    return talk;
  }

  private void pass(Duration time) {
    now = now.plus(time);
    admission.look();
  }

  private List<String> lines() {
    return said.toString(UTF_8).lines().toList();
  }

  @Test
  void aTicketIsRenewedAndNobodyNotices() throws IOException {
    Talk b = admit(ofB);
    for (int minute = 0; minute < 100; minute++) {
      pass(LIFE);
    }
    assertThat(b.shownOut).isFalse();
    assertThat(lines()).isEmpty();
  }

  @Test
  void whoIsTakenOutOfTheMapIsShutOutWhenItsTicketEnds() throws IOException {
    List<Talk> b = List.of(admit(ofB), admit(ofB));
    Talk c = admit(ofC);
    IssuedKeys.replace(map, "a\nc\n");
    pass(LIFE.minusMillis(1));
    assertThat(b).noneMatch(talk -> talk.shownOut);
    pass(Duration.ofMillis(1));
    assertThat(b).allMatch(talk -> talk.shownOut);
    assertThat(c.shownOut).isFalse();
    assertThat(lines())
        .filteredOn(line -> line.contains("shut out"))
        .singleElement()
        .asString()
        .contains("node b is shut out: the security map " + map + " does not let it in");
    assertThatThrownBy(() -> admit(ofB)).isInstanceOf(NotAdmittedException.class);

    IssuedKeys.replace(map, "*\n");
    assertThat(admission.admit(ofB, new Talk())).isEqualTo("b");
    assertThat(lines()).last().asString().endsWith("node b is let in again");
  }

  @Test
  void aRightThatEndsDoesNotLastUntilTheTicketsUsualEnd() throws IOException {
    IssuedKeys.replace(map, "*\nb until " + now.plusSeconds(10));
    Talk b = admit(ofB);
    pass(Duration.ofMillis(9_999));
    assertThat(b.shownOut).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(b.shownOut).isTrue();
  }

  @Test
  void whoseCertificateEndsIsShutOut() throws IOException {
    now = ofC[0].getNotAfter().toInstant().minusSeconds(5);
    Talk b = admit(ofB);
    Talk c = admit(ofC);
    pass(Duration.ofSeconds(6));
    assertThat(c.shownOut).isTrue();
    assertThat(b.shownOut).isFalse();
    assertThat(lines()).singleElement().asString().contains("node c is shut out: its certificate");
    assertThatThrownBy(() -> admit(ofC)).hasMessageContaining("give it new keys");
  }

  @Test
  void whoseAuthorityIsNotBelievedAnyMoreIsShutOut() throws IOException {
    Talk b = admit(ofB);
    GroupAuthority next = GroupAuthority.in(folder.resolve("next"), "shop");
    Path issued = next.issue("a", Duration.ofDays(1));
    for (String file : List.of("node.key", "node.pem", "ca.pem")) {
      IssuedKeys.replace(keys.resolve(file), Files.readString(issued.resolve(file)));
    }
    X509Certificate[] newOfB = shown(next.issue("b", Duration.ofDays(1)));
    now = Instant.now(); // the new keys are no older
    Talk again = admit(newOfB);
    pass(LIFE);
    assertThat(b.shownOut).isTrue();
    assertThat(again.shownOut).isFalse();
    assertThat(lines()).as("it is here with its new keys").isEmpty();
  }

  @Test
  void aMapThatMakesNoSenseIsNotTakenAndOneLineSaysSo() throws IOException {
    Talk b = admit(ofB);
    IssuedKeys.replace(map, "a\nb or c\n");
    for (int i = 0; i < 5; i++) {
      pass(LIFE);
    }
    assertThat(b.shownOut).isFalse();
    assertThat(lines())
        .singleElement()
        .asString()
        .contains("the last good map", "line 2, 'b or c'");
    Files.delete(map);
    pass(LIFE);
    pass(LIFE);
    assertThat(b.shownOut).isFalse();
    assertThat(lines()).hasSize(2).last().asString().contains(map + " is not there");
  }

  @Test
  void aMapThatMakesNoSenseAtTheStartIsAnError() throws IOException {
    KeyFolder folderOfA = new KeyFolder(keys, "a", "shop");
    Files.writeString(map, "a b\n");
    assertThatThrownBy(() -> Admission.open(folderOfA, Optional.of(map), LIFE, log))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the security map " + map + ": line 1, 'a b'");
  }

  @Test
  void whoeverKnocksAHundredTimesASecondFillsNoLog() throws IOException {
    IssuedKeys.replace(map, "a\n");
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> admit(ofB)).isInstanceOf(NotAdmittedException.class);
    }
    assertThat(lines())
        .filteredOn(line -> line.contains("node b at 192.0.2.7 was turned away"))
        .hasSize(1);
  }

  @Test
  void whatHasEndedIsNotKept() throws IOException {
    Talk b = admit(ofB);
    b.gone = true;
    IssuedKeys.replace(map, "a\n");
    pass(LIFE);
    assertThat(b.shownOut).isFalse();
    assertThat(lines()).as("nobody was there to be shut out").isEmpty();
  }

  @Test
  void aClockThatIsSetBackMakesNoTicketLonger() throws IOException {
    Talk b = admit(ofB);
    IssuedKeys.replace(map, "a\n");
    pass(Duration.ofHours(-1));
    assertThat(b.shownOut).isTrue();
  }

  @Test
  void aNodeSaysOnceADayThatItsOwnCertificateEndsSoon() {
    pass(Duration.ofDays(23));
    assertThat(lines()).isEmpty();
    pass(Duration.ofDays(2));
    pass(Duration.ofHours(23));
    assertThat(lines()).singleElement().asString().contains("this node's certificate ends at");
    pass(Duration.ofHours(1));
    assertThat(lines()).hasSize(2);
    pass(Duration.ofDays(10));
    assertThat(lines()).last().asString().contains("this node's certificate has ended");
  }
}
