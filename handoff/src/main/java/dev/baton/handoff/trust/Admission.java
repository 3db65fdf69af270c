package dev.baton.handoff.trust;

import dev.baton.handoff.Log;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whom this node lets into its group, and for how long: the S-node of the papers, which every node
 * is for itself.
 *
 * <p>A node has the right to be here if a certificate of the group's authority names it and the
 * security map does not keep it out. Whoever comes, and whoever is called, is looked at. A node
 * that is let in gets a ticket; when that ends, its right is looked at again. It is given another
 * ticket and notices nothing, or is shut out: all its conversations are ended, and the log says
 * why. Nothing is looked at between.
 *
 * <p>Thread-safe. One daemon thread sees to the tickets.
 */
public final class Admission implements Closeable {
  private static final long LOOK_MILLIS = 1_000;

  /**
   * An operator who looks at logs once a week must have seen it; short-lived keys are another's.
   */
  private static final Duration SOON = Duration.ofDays(14);

  private static final int OF_ITS_LIFE = 5;
  private static final Duration REMINDER = Duration.ofDays(1);

  /** A conversation with a node that has been let in, or is to be. */
  public interface Guest {

    /** Where the node is, for the log. */
    String where();

    /** Whether the conversation has ended. */
    boolean gone();

    /** Ends the conversation; must not wait. */
    void showOut();
  }

  /** A node's ticket, and the conversations it was let in for with one certificate. */
  private static final class Stay {
    final List<X509Certificate> chain;
    final Set<Guest> guests = new HashSet<>();
    Ticket ticket;

    Stay(List<X509Certificate> chain, Ticket ticket) {
      this.chain = chain;
      this.ticket = ticket;
    }
  }

  /** A stay that has ended, and why. */
  private record End(Stay stay, String why) {
    String node() {
      return stay.ticket.node();
    }
  }

  private final KeyFolder folder;
  private final @Nullable MapFile map;
  private final Duration life;
  private final Log log;
  private final InstantSource clock;
  private final Map<X509Certificate, Stay> stays = new HashMap<>();

  /** Nodes that were shut out, and have not been let in since. */
  private final Set<String> shutOut = new HashSet<>();

  private Instant reminder = Instant.MIN;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(null, task, "baton-tickets", 0, false);
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Without the thread that sees to the tickets.
   *
   * @param map null to let in whoever has a certificate
   */
  Admission(KeyFolder folder, @Nullable MapFile map, Duration life, Log log, InstantSource clock) {
    this.folder = folder;
    this.map = map;
    this.life = life;
    this.log = log;
    this.clock = clock;
  }

  /**
   * Opens the group to those who may be in it.
   *
   * @param folder this node's keys, and whom it believes
   * @param map the file with the security map; empty to let in whoever has a certificate
   * @param life how long a ticket lasts; positive
   * @throws IOException if the map cannot be read or makes no sense, in words for the operator
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the work itself says what goes wrong
  public static Admission open(KeyFolder folder, Optional<Path> map, Duration life, Log log)
      throws IOException {
    MapFile file = map.isEmpty() ? null : new MapFile(map.get(), log);
    Admission admission = new Admission(folder, file, life, log, InstantSource.system());
    String self = folder.last().node();
    if (file != null && !Instant.now().isBefore(file.current().end(self))) {
      log.warn(
          "the security map "
              + file
              + " does not let node "
              + self
              + " in, which is this one: nodes with the same map will not talk to it");
    }
    long pace = Math.max(1, Math.min(LOOK_MILLIS, life.toMillis()));
    admission.timer.scheduleWithFixedDelay(admission::look, pace, pace, TimeUnit.MILLISECONDS);
    return admission;
  }

  /** This node's keys as they are now; the last good ones if new ones are broken. */
  public GroupKeys keys() {
    try {
      return folder.current();
    } catch (IOException e) {
      log.complaints()
          .once("the new keys of this node cannot be used, the old ones go on: " + Log.words(e));
      return folder.last();
    }
  }

  /**
   * Looks at a node's right to be here, and gives no ticket: the node has shown a certificate, but
   * not proved yet that it is its own.
   *
   * @param shown the certificate, and those that vouch for it
   * @param where the node is, for the log
   * @throws NotAdmittedException if it is not let in; the log has it
   */
  public void check(Certificate[] shown, String where) throws NotAdmittedException {
    List<X509Certificate> chain = chain(shown);
    try {
      ticket(chain);
    } catch (NotAdmittedException e) {
      throw turnedAway(who(chain) + " at " + where, Log.words(e));
    }
  }

  /**
   * Lets a node in: it has proved that the certificate is its own. The conversation is shown out
   * when the node's right ends.
   *
   * @param shown the certificate, and those that vouch for it
   * @return the node's name
   * @throws NotAdmittedException if it is not let in; the log has it. The conversation is the
   *     caller's to end
   */
  public String admit(Certificate[] shown, Guest guest) throws NotAdmittedException {
    List<X509Certificate> chain = chain(shown);
    Ticket ticket;
    try {
      ticket = ticket(chain);
    } catch (NotAdmittedException e) {
      throw turnedAway(who(chain) + " at " + guest.where(), Log.words(e));
    }
    boolean again;
    synchronized (stays) {
      Stay stay = stays.computeIfAbsent(chain.get(0), none -> new Stay(chain, ticket));
      stay.ticket = ticket;
      stay.guests.removeIf(Guest::gone);
      stay.guests.add(guest);
      again = shutOut.remove(ticket.node());
    }
    if (again) {
      log.info("node " + ticket.node() + " is let in again");
    }
    return ticket.node();
  }

  /**
   * Says that somebody is not let in, in a log that this does not flood.
   *
   * @param who its name or address
   * @param why in words
   */
  public NotAdmittedException turnedAway(String who, String why) {
    log.complaints().once(who + " was turned away: " + why + "; it has learnt nothing");
    return new NotAdmittedException(who + " is not let in: " + why);
  }

  /** Says, once a day, that this node will be turned away by all others before long. */
  private void lookAtOwnKeys(Instant now) {
    if (now.isBefore(reminder)) {
      return;
    }
    X509Certificate own = keys().certificate();
    Instant end = own.getNotAfter().toInstant();
    Duration left = Duration.between(now, end);
    Duration life = Duration.between(own.getNotBefore().toInstant(), end);
    if (left.compareTo(SOON) < 0 && left.multipliedBy(OF_ITS_LIFE).compareTo(life) < 0) {
      reminder = now.plus(REMINDER);
      log.warn(
          "this node's certificate "
              + (left.isNegative() ? "has ended, at " : "ends at ")
              + end
              + ": then no other node talks to it, and its connections stay where they are; put new"
              + " keys into the folder baton.keys, a restart is not needed");
    }
  }

  /** Looks at the tickets that have ended, and at this node's own keys. */
  void look() {
    try {
      lookAtOwnKeys(clock.instant());
      List<End> ends = new ArrayList<>();
      Set<String> present = new HashSet<>();
      Set<String> out = new HashSet<>();
      synchronized (stays) {
        Instant now = clock.instant();
        for (Iterator<Stay> each = stays.values().iterator(); each.hasNext(); ) {
          Stay stay = each.next();
          stay.guests.removeIf(Guest::gone);
          String why = stay.ticket.over(now) && !stay.guests.isEmpty() ? renew(stay) : null;
          if (why != null) {
            ends.add(new End(stay, why));
          }
          if (why != null || stay.guests.isEmpty()) {
            each.remove();
          } else {
            present.add(stay.ticket.node());
          }
        }
        for (End end : ends) {
          if (!present.contains(end.node()) && shutOut.add(end.node())) {
            out.add(end.node());
          }
        }
      }
      for (End end : ends) {
        end.stay().guests.forEach(Guest::showOut);
        if (out.remove(end.node())) {
          log.warn(
              "node "
                  + end.node()
                  + " is shut out: "
                  + end.why()
                  + ". Its connections stay with it, but those that the contact node sends on to it"
                  + " for a minute only; no handoff goes to it or comes from it");
        }
      }
    } catch (RuntimeException e) {
      log.warn("the tickets of other nodes: something went wrong; the work goes on", e);
    }
  }

  /** Why not; null if it has been renewed. */
  private @Nullable String renew(Stay stay) {
    try {
      stay.ticket = ticket(stay.chain);
      return null;
    } catch (NotAdmittedException e) {
      return Log.words(e);
    }
  }

  /**
   * A ticket for a node, if it has the right.
   *
   * @throws NotAdmittedException if not, with the reason and what to do
   */
  private Ticket ticket(List<X509Certificate> chain) throws NotAdmittedException {
    GroupKeys keys = keys();
    Instant now = clock.instant();
    String node;
    try {
      node = keys.member(chain.get(0));
      keys.requireGenuine(chain, now);
    } catch (IOException e) {
      throw new NotAdmittedException(Log.words(e));
    }
    Instant end = map == null ? Instant.MAX : map.current().end(node);
    if (!now.isBefore(end)) {
      throw new NotAdmittedException(
          end.equals(Instant.MIN)
              ? "the security map " + map + " does not let it in; if it belongs here, name it there"
              : "the security map " + map + " let it in until " + end + "; if it may stay, say so");
    }
    Instant valid = chain.get(0).getNotAfter().toInstant();
    return Ticket.issue(node, now, life, valid.isBefore(end) ? valid : end);
  }

  private static List<X509Certificate> chain(Certificate[] shown) {
    return Arrays.stream(shown).map(X509Certificate.class::cast).toList();
  }

  private String who(List<X509Certificate> chain) {
    try {
      return "node " + keys().member(chain.get(0));
    } catch (IOException e) {
      return "a stranger";
    }
  }

  /** Lets nobody in any more, and sees to no ticket: whoever is here is its own business. */
  @Override
  public void close() {
    timer.shutdown();
  }
}
