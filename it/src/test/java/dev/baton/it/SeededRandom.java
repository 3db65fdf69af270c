package dev.baton.it;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests their randomness: the same for the same test and the same {@code -Dbaton.seed}. The
 * seed of a run is printed, so that a failure can be had again.
 */
final class SeededRandom implements ParameterResolver, BeforeAllCallback {

  private static final long SEED = Long.getLong("baton.seed", System.nanoTime());

  @Override
  public void beforeAll(ExtensionContext context) {
    System.out.printf("%s: -Dbaton.seed=%d%n", context.getDisplayName(), SEED);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == RandomGenerator.class;
  }

  @Override
  public RandomGenerator resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return new SplittableRandom(SEED ^ context.getUniqueId().hashCode());
  }
}
