package dev.baton.anycast;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a bounded number of addresses. Looking up takes neither lock nor memory, so that
 * the data path can do it for each packet; changes are for one thread at a time.
 *
 * @param <V> what is known
 */
public final class AddressTable<V> {

  private record Entry<V>(long high, long low, V value) {}

  private static final Object REMOVED = new Object();

  private final int capacity;

  /** So that nobody can choose addresses that meet in one slot. */
  private final long seed = ThreadLocalRandom.current().nextLong();

  private volatile AtomicReferenceArray<@Nullable Object> slots;
  private int size;
  private int removed;

  /**
   * @param capacity how many addresses at most, at least 1; memory is taken for them at once
   */
  public AddressTable(int capacity) {
    this.capacity = capacity;
    this.slots = emptySlots();
  }

  private AtomicReferenceArray<@Nullable Object> emptySlots() {
    // At least half of the slots stay empty: lookups end soon.
    return new AtomicReferenceArray<>(Integer.highestOneBit(capacity) * 4);
  }

  /** What is known of the address with these 128 bits, or null. */
  @SuppressWarnings("unchecked") // only put() stores entries
  public @Nullable V get(long high, long low) {
    AtomicReferenceArray<@Nullable Object> now = slots;
    int mask = now.length() - 1;
    for (int at = hash(high, low) & mask; ; at = (at + 1) & mask) {
      Object slot = now.get(at);
      if (slot == null) {
        return null;
      }
      if (slot instanceof Entry<?> entry && entry.high == high && entry.low == low) {
        return (V) entry.value;
      }
    }
  }

  /** What is known of the address, or null. */
  public @Nullable V get(Ip6 address) {
    return get(address.high(), address.low());
  }

  /** Whether another address would not find room. */
  public boolean isFull() {
    return size >= capacity;
  }

  /** How many addresses there are. */
  public int size() {
    return size;
  }

  /**
   * Keeps something for an address, in place of what was kept before.
   *
   * @throws IllegalStateException if the address is new and the table is full
   */
  public void put(Ip6 address, V value) {
    Entry<V> entry = new Entry<>(address.high(), address.low(), value);
    int mask = slots.length() - 1;
    for (int at = hash(address.high(), address.low()) & mask; ; at = (at + 1) & mask) {
      Object slot = slots.get(at);
      if (slot == null) {
        if (isFull()) {
          throw new IllegalStateException("already " + capacity + " addresses");
        }
        slots.set(at, entry);
        size++;
        return;
      }
      if (slot instanceof Entry<?> old && old.high == address.high() && old.low == address.low()) {
        slots.set(at, entry);
        return;
      }
    }
  }

  /** Forgets an address; nothing happens if it is not known. */
  public void remove(Ip6 address) {
    int mask = slots.length() - 1;
    for (int at = hash(address.high(), address.low()) & mask; ; at = (at + 1) & mask) {
      Object slot = slots.get(at);
      if (slot == null) {
        return;
      }
      if (slot instanceof Entry<?> old && old.high == address.high() && old.low == address.low()) {
        slots.set(at, REMOVED);
        size--;
        removed++;
        break;
      }
    }
    if (removed > slots.length() / 4) {
      tidy();
    }
  }

  /** Everything that is kept, in no order; a copy. */
  @SuppressWarnings("unchecked") // only put() stores entries
  public List<V> values() {
    List<V> values = new ArrayList<>(size);
    for (int at = 0; at < slots.length(); at++) {
      if (slots.get(at) instanceof Entry<?> entry) {
        values.add((V) entry.value);
      }
    }
    return values;
  }

  /** Keeps for each address what is made of what was kept for it before. */
  @SuppressWarnings("unchecked") // only put() stores entries
  public void replaceAll(UnaryOperator<V> change) {
    for (int at = 0; at < slots.length(); at++) {
      if (slots.get(at) instanceof Entry<?> old) {
        slots.set(at, new Entry<>(old.high, old.low, change.apply((V) old.value)));
      }
    }
  }

  /**
   * Without the traces of what was removed; who is looking up meanwhile still has the old slots.
   */
  private void tidy() {
    AtomicReferenceArray<@Nullable Object> fresh = emptySlots();
    int mask = fresh.length() - 1;
    for (int i = 0; i < slots.length(); i++) {
      if (slots.get(i) instanceof Entry<?> entry) {
        int at = hash(entry.high, entry.low) & mask;
        while (fresh.get(at) != null) {
          at = (at + 1) & mask;
        }
        fresh.set(at, entry);
      }
    }
    slots = fresh;
    removed = 0;
  }

  private int hash(long high, long low) {
    long mixed = ((high ^ seed) * 0x9e3779b97f4a7c15L ^ low) * 0xd6e8feb86659fd93L;
    return (int) (mixed >>> 32);
  }
}
