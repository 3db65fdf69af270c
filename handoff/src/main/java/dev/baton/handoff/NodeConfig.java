package dev.baton.handoff;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a node must know of its settings.
 *
 * @param node its name
 * @param group its group
 * @param dir where nodes on this host find each other
 * @param drainTimeout how long a drain may take
 */
public record NodeConfig(String node, String group, Path dir, Duration drainTimeout) {}
