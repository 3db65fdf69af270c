/** The command line: one class a command, put together by {@link dev.baton.agent.cli.Cli}. */
@NullMarked
package dev.baton.agent.cli;

import org.jspecify.annotations.NullMarked;
