package dev.baton.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;

/**
 * A classic BPF program under construction. The programs here run on TCP segments in a socket
 * filter, where offset 0 is the TCP header and negative offsets reach the network header and the
 * packet's metadata.
 */
final class BpfProgram {

  /** What a filter returns to keep the whole segment. */
  static final int ACCEPT = 0xffffffff;

  /** What a filter returns to make as if the segment had never come. */
  static final int DROP = 0;

  static final int SOURCE_PORT = 0;
  static final int TCP_FLAGS = 13;
  static final int TCP_SYN = 2;

  private static final int METADATA = -0x1000;
  static final int PROTOCOL = METADATA;
  static final int MARK = METADATA + 20;
  private static final int NETWORK_HEADER = -0x100000;
  static final int IPV4_SOURCE = NETWORK_HEADER + 12;
  static final int IPV6_SOURCE_LAST_32 = NETWORK_HEADER + 8 + 12;

  /** BPF_MAXINSNS. */
  static final int MAX_LENGTH = 4096;

  private static final int LD_WORD = 0x20;
  private static final int LD_HALF = 0x28;
  private static final int LD_BYTE = 0x30;
  private static final int LD_MEMORY = 0x60;
  private static final int STORE = 0x02;
  private static final int AND = 0x54;
  private static final int SHIFT_RIGHT = 0x74;
  private static final int JUMP = 0x05;
  private static final int JUMP_EQUAL = 0x15;
  private static final int JUMP_GREATER_EQUAL = 0x35;
  private static final int JUMP_SET = 0x45;
  private static final int RETURN = 0x06;
  private static final int RETURN_A = 0x16;

  private static final int INSTRUCTION_SIZE = 8;

  private final List<Long> instructions = new ArrayList<>();

  BpfProgram loadWord(int offset) {
    return add(LD_WORD, 0, 0, offset);
  }

  BpfProgram loadHalf(int offset) {
    return add(LD_HALF, 0, 0, offset);
  }

  BpfProgram loadByte(int offset) {
    return add(LD_BYTE, 0, 0, offset);
  }

  BpfProgram loadSlot(int slot) {
    return add(LD_MEMORY, 0, 0, slot);
  }

  BpfProgram storeSlot(int slot) {
    return add(STORE, 0, 0, slot);
  }

  BpfProgram and(int mask) {
    return add(AND, 0, 0, mask);
  }

  BpfProgram shiftRight(int bits) {
    return add(SHIFT_RIGHT, 0, 0, bits);
  }

  /** Skips {@code ifTrue} or {@code ifFalse} instructions, each 0 to 255. */
  BpfProgram jumpIfEqual(int value, int ifTrue, int ifFalse) {
    return add(JUMP_EQUAL, ifTrue, ifFalse, value);
  }

  BpfProgram jumpIfAtLeast(int value, int ifTrue, int ifFalse) {
    return add(JUMP_GREATER_EQUAL, ifTrue, ifFalse, value);
  }

  BpfProgram jumpIfAnySet(int bits, int ifTrue, int ifFalse) {
    return add(JUMP_SET, ifTrue, ifFalse, bits);
  }

  /** Skips any number of instructions. */
  BpfProgram jump(int distance) {
    return add(JUMP, 0, 0, distance);
  }

  BpfProgram give(int value) {
    return add(RETURN, 0, 0, value);
  }

  BpfProgram giveAccumulator() {
    return add(RETURN_A, 0, 0, 0);
  }

  BpfProgram append(BpfProgram other) {
    instructions.addAll(other.instructions);
    return this;
  }

  int length() {
    return instructions.size();
  }

  /**
   * Attaches the program to a socket, as a filter or as the selector of its group, in place of any
   * before it.
   */
  void attach(int fd, Option where) throws LinuxException {
    if (length() > MAX_LENGTH) {
      throw new IllegalStateException("a BPF program of " + length() + " instructions");
    }
    try (Memory memory = new Memory(16L + (long) length() * INSTRUCTION_SIZE)) {
      write(memory);
      RawSocket.set(fd, where, Pointer.nativeValue(memory), 16);
    }
  }

  /** Lays out {@code struct sock_fprog} and behind it the instructions. */
  void write(Memory memory) {
    memory.setShort(0, (short) length());
    memory.setLong(8, Pointer.nativeValue(memory) + 16);
    for (int i = 0; i < length(); i++) {
      memory.setLong(16L + (long) i * INSTRUCTION_SIZE, instructions.get(i));
    }
  }

  /** One {@code struct sock_filter} as a little-endian long. */
  private BpfProgram add(int code, int ifTrue, int ifFalse, int k) {
    if ((ifTrue | ifFalse) >>> 8 != 0) {
      throw new IllegalArgumentException("a conditional jump goes at most 255 instructions ahead");
    }
    instructions.add(
        Integer.toUnsignedLong(k) << 32 | (long) ifFalse << 24 | (long) ifTrue << 16 | code);
    return this;
  }
}
