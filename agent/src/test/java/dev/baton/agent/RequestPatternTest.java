package dev.baton.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RequestPatternTest {

  @Test
  void starsStandForAnything() {
    assertThat(matches("POST /api/search*", "POST", "/api/search")).isTrue();
    assertThat(matches("POST /api/search*", "POST", "/api/search/by/name")).isTrue();
    assertThat(matches("POST /api/*/find", "POST", "/api/a/b/find")).isTrue();
    assertThat(matches("POST /api/*/find", "POST", "/api/a/b/find/c")).isFalse();
    assertThat(matches("POST /*a*b", "POST", "/xaxbxab")).isTrue();
    assertThat(matches("POST /*a*b", "POST", "/xaxbxabc")).isFalse();
    assertThat(matches("* /api", "PUT", "/api")).isTrue();
    assertThat(matches("* *", "PUT", "/anything")).isTrue();
  }

  @Test
  void methodsAndPathsAreComparedAsTheyAre() {
    assertThat(matches("POST /api", "PUT", "/api")).isFalse();
    assertThat(matches("POST /api", "post", "/api")).isFalse();
    assertThat(matches("POST /api", "POST", "/api/")).isFalse();
    assertThat(matches("POST /api", "POST", "/API")).isFalse();
  }

  @Test
  void theQueryPlaysNoPart() {
    assertThat(matches("POST /api", "POST", "/api?q=..")).isTrue();
  }

  @Test
  void aPathThatClimbsIsNeverMeant() {
    assertThat(matches("POST /api/search*", "POST", "/api/search/../delete")).isFalse();
    assertThat(matches("POST /api/search*", "POST", "/api/search/%2E%2e/delete")).isFalse();
  }

  @Test
  void whatIsNotMethodAndPathIsNoPattern() {
    assertThat(RequestPattern.parse("POST")).isNull();
    assertThat(RequestPattern.parse("/api")).isNull();
    assertThat(RequestPattern.parse("POST api")).isNull();
    assertThat(RequestPattern.parse("POST /a /b")).isNull();
  }

  private static boolean matches(String pattern, String method, String target) {
    return RequestPattern.parse(pattern).matches(method, target);
  }
}
