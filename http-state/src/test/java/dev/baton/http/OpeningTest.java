package dev.baton.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OpeningTest {
  private static final String POST =
      "POST /orders?x=1 HTTP/1.1\r\nHost: shop.example:80\r\nContent-Length: 5\r\n\r\n";

  private static Opening of(String bytes) {
    return Opening.of(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)));
  }

  @Test
  void aRequestIsKnownAsSoonAsItsHeaderSectionIsComplete() {
    RequestHead head = new RequestHead("POST", "/orders?x=1", "shop.example:80");
    assertThat(of(POST)).isEqualTo(head);
    assertThat(of(POST + "hello")).isEqualTo(head);
    for (int length = 1; length < POST.length(); length++) {
      assertThat(of(POST.substring(0, length))).isInstanceOf(Opening.Incomplete.class);
    }
  }

  @Test
  void aRequestNeedsNoHost() {
    assertThat(of("GET / HTTP/1.0\r\n\r\n")).isEqualTo(new RequestHead("GET", "/", null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0016\u0003\u0001\u0002\u0000",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      })
  void whatCouldBeReadInTwoWaysIsUnclear(String bytes) {
    assertThat(of(bytes)).isInstanceOf(Opening.Unclear.class);
  }
}
