package dev.baton.anycast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AddressTableTest {

  @Test
  void keepsWhatAMapKeepsUpToItsCapacity() {
    long seed = System.nanoTime();
    System.out.println("AddressTableTest: seed " + seed);
    Random random = new Random(seed);
    AddressTable<Integer> table = new AddressTable<>(50);
    Map<Ip6, Integer> map = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      Ip6 address = new Ip6(random.nextInt(3), random.nextInt(40));
      if (random.nextInt(5) < 2) {
        table.remove(address);
        map.remove(address);
      } else if (map.containsKey(address) || map.size() < 50) {
        table.put(address, i);
        map.put(address, i);
      } else {
        int value = i;
        assertThatThrownBy(() -> table.put(address, value))
            .isInstanceOf(IllegalStateException.class);
      }
      Ip6 other = new Ip6(random.nextInt(3), random.nextInt(40));
      assertThat(table.get(other)).isEqualTo(map.get(other));
      assertThat(table.size()).isEqualTo(map.size());
    }
    assertThat(table.values()).containsExactlyInAnyOrderElementsOf(map.values());
  }

  @Test
  void prefixesContainTheirAddresses() {
    assertThat(Ip6Prefix.of("2001:db8::/32").contains(Ip6.of("2001:db8:ffff::1"))).isTrue();
    assertThat(Ip6Prefix.of("2001:db8::/32").contains(Ip6.of("2001:db9::1"))).isFalse();
    assertThat(Ip6Prefix.of("2001:db8::/64").contains(Ip6.of("2001:db8::ffff:0:0:1"))).isTrue();
    assertThat(Ip6Prefix.of("2001:db8::/64").contains(Ip6.of("2001:db8:0:1::1"))).isFalse();
    assertThat(Ip6Prefix.of("2001:db8::/128").contains(Ip6.of("2001:db8::"))).isTrue();
    assertThat(Ip6Prefix.of("2001:db8::/128").contains(Ip6.of("2001:db8::1"))).isFalse();
    assertThat(Ip6Prefix.of("2001:db8::/120").contains(Ip6.of("2001:db8::fe"))).isTrue();
    assertThat(Ip6Prefix.of("::/0").contains(Ip6.of("2001:db8::1"))).isTrue();
    assertThatThrownBy(() -> Ip6Prefix.of("2001:db8::"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
