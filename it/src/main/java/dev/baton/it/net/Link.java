package dev.baton.it.net;

/**
 * A connection in both directions.
 *
 * @param there from the first of the two it joins to the second: away from a host, if it joins that
 *     to the wide area
 * @param back the other way
 */
public record Link(Lane there, Lane back) {

  /** Both directions do this to packets from now on. */
  public Link become(Quality quality) {
    there.become(quality);
    back.become(quality);
    return this;
  }

  /** Cuts both directions. The hosts' interfaces stay up: nobody is told. */
  public void cut() {
    there.cut();
    back.cut();
  }

  /** Restores both directions. */
  public void restore() {
    there.restore();
    back.restore();
  }
}
