package dev.baton.handoff.contact;

import dev.baton.handoff.Flow;
import dev.baton.handoff.wire.Claim;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A contact node's real desk, without a kernel and without backups. */
public final class LoneDesk implements Contact {

  /** Where packets go, in place of a kernel. */
  public interface Steering {
    /** From now on the flow's packets go to a node. */
    void steer(Flow flow, InetAddress node) throws IOException;

    /** From now on the flow's packets stay here. */
    void keepHere(Flow flow) throws IOException;
  }

  private final String self;
  private final ContactDesk desk;

  /**
   * @param self the contact node's name
   * @param clock in nanoseconds
   */
  public LoneDesk(String self, Steering steering, LongSupplier clock) {
    this.self = self;
    this.desk = new ContactDesk(self, new NoKernel(steering), new NoBackups(), clock);
    this.desk.open(1);
  }

  @Override
  public boolean isContact() {
    return true;
  }

  @Override
  public String contactNode() {
    return self;
  }

  @Override
  public String settle(Claim claim, String handoff, Flow flow, String asker, InetAddress at)
      throws IOException {
    return desk.settle(claim, handoff, flow, asker, at);
  }

  @Override
  public void ended(Flow flow, InetAddress at) throws IOException {
    desk.ended(flow, at);
  }

  @Override
  public void close() {}

  /**
   * What a node knows that is not the contact node.
   *
   * @param contactNode that is it; null if there is none
   */
  public record Elsewhere(@Nullable String contactNode) implements Contact {
    @Override
    public boolean isContact() {
      return false;
    }

    @Override
    public String settle(Claim claim, String handoff, Flow flow, String asker, InetAddress at)
        throws IOException {
      throw new IOException("this is not the group's contact node at the moment");
    }

    @Override
    public void ended(Flow flow, InetAddress at) throws IOException {
      throw new IOException("this is not the group's contact node at the moment");
    }

    @Override
    public void close() {}
  }

  private static final class NoBackups implements ContactDesk.Backups {
    @Override
    public void tell(@Nullable String to, Notice notice) {}

    @Override
    public boolean suffice(Set<String> those) {
      return true;
    }
  }

  private record NoKernel(Steering steering) implements Premises {
    @Override
    public void open(Map<Flow, InetAddress> elsewhere) {}

    @Override
    public void arm(int timer, long millis) {}

    @Override
    public void admit(int timer) {}

    @Override
    public void shut() {}

    @Override
    public void announce() {}

    @Override
    public void steer(Flow flow, InetAddress node) throws IOException {
      steering.steer(flow, node);
    }

    @Override
    public void keepHere(Flow flow) throws IOException {
      steering.keepHere(flow);
    }

    @Override
    public void vacate() {}

    @Override
    public void close() {}
  }
}
