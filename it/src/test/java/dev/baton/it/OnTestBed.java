package dev.baton.it;

import dev.baton.it.bed.TestBed;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test whose servers have something to say when it fails, and that must be quiet otherwise. */
@ExtendWith({SeededRandom.class, ServersSpeak.class})
interface OnTestBed {

  /** The servers of this test. */
  TestBed bed();
}
