package dev.baton.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Each server, in a JVM of its own, answers what {@link Endpoints} promises. */
@ParameterizedClass(name = "{0}")
@MethodSource("servers")
class ServersTest {

  private static final int FILE_BYTES = 3_000_000;

  @TempDir static Path directory;

  private static Process process;
  private static int port;

  private final HttpClient client = HttpClient.newHttpClient();

  ServersTest(Class<?> main) {}

  static Stream<Class<?>> servers() {
    return Stream.of(JettyServer.class, TomcatServer.class, SocketServer.class, JdkServer.class);
  }

  @BeforeParameterizedClassInvocation
  static void start(Class<?> main) throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    Files.write(files.resolve("some.bin"), content(0, 5, FILE_BYTES));
    process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                "--files",
                files.toString(),
                "--name",
                "one",
                "--salt",
                "4")
            .redirectError(directory.resolve("stderr").toFile())
            .start();
    BufferedReader stdout = process.inputReader();
    String line = stdout.readLine();
    assertThat(line).as("first line, stderr: %s", stderr()).startsWith("ready ");
    port = Integer.parseInt(line.substring("ready ".length()));
  }

  @AfterParameterizedClassInvocation
  static void stopsOnSigtermAndHadNothingToComplainAbout() throws Exception {
    process.destroy();
    boolean stopped = process.waitFor(20, TimeUnit.SECONDS);
    process.destroyForcibly().waitFor();
    assertThat(stopped).isTrue();
    assertThat(stderr()).isEmpty();
  }

  private static String stderr() throws IOException {
    return Files.readString(directory.resolve("stderr"));
  }

  @Test
  void sendsAFileWhole() throws Exception {
    HttpResponse<byte[]> response = send(request("/files/some.bin").build());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(FILE_BYTES);
    assertThat(response.body()).isEqualTo(content(0, 5, FILE_BYTES));
  }

  @Test
  void doesNotSendAFileForHead() throws Exception {
    HttpResponse<byte[]> response =
        send(request("/files/some.bin").method("HEAD", BodyPublishers.noBody()).build());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(FILE_BYTES);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void knowsWhenThereIsNoSuchFile() throws Exception {
    assertThat(send(request("/files/other.bin").build()).statusCode()).isEqualTo(404);
    assertThat(send(request("/files/../stderr").build()).statusCode()).isBetween(400, 404);
  }

  @Test
  void generatesAChunkedStream() throws Exception {
    HttpResponse<byte[]> response = send(request("/chunked?bytes=1000000&seed=9").build());

    assertThat(response.headers().firstValue("Transfer-Encoding")).hasValue("chunked");
    assertThat(response.body()).isEqualTo(content(4, 9, 1_000_000));
  }

  @Test
  void tricklesAtTheRateAskedFor() throws Exception {
    long start = System.nanoTime();
    HttpResponse<byte[]> response =
        send(request("/trickle?bytes=50000&rate=100000&seed=2").build());
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);

    assertThat(response.body()).isEqualTo(content(4, 2, 50_000));
    assertThat(millis).isGreaterThan(400);
  }

  @Test
  void delimitsByClosing() throws Exception {
    byte[] response = raw("GET /close-delimited?bytes=70000&seed=1 HTTP/1.0\r\n\r\n");
    String text = new String(response, ISO_8859_1);
    int headEnd = text.indexOf("\r\n\r\n") + 4;

    assertThat(text.substring(0, headEnd))
        .doesNotContainIgnoringCase("Content-Length", "Transfer-Encoding");
    assertThat(text.substring(headEnd)).isEqualTo(new String(content(4, 1, 70_000), ISO_8859_1));
  }

  @Test
  void countsPosts() throws Exception {
    HttpRequest post = request("/count?id=a").POST(BodyPublishers.ofString("some body")).build();
    int before = Integer.parseInt(text(request("/count").build()).strip());

    assertThat(text(post)).isEqualTo(before + 1 + "\n");
    assertThat(text(post)).isEqualTo(before + 2 + "\n");
    assertThat(text(request("/count").build())).isEqualTo(before + 2 + "\n");
  }

  @Test
  void answersSlowlyWhenAsked() throws Exception {
    long start = System.nanoTime();

    assertThat(text(request("/slow?millis=200&id=x").build())).isEqualTo("slow x\n");
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(200_000_000);
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    String requests =
        """
        GET /hello HTTP/1.1
        Host: x

        POST /count HTTP/1.1
        Host: x
        Transfer-Encoding: chunked

        3
        abc
        0

        GET /name HTTP/1.1
        Host: x
        Connection: close

        """;

    String response = new String(raw(requests.replace("\n", "\r\n")), ISO_8859_1);

    assertThat(response.split("HTTP/1.1 200", -1)).hasSize(4);
    assertThat(response).containsSubsequence("hello\n", "one\n").endsWith("one\n");
  }

  @Test
  void refusesWhatIsNotHttp() throws Exception {
    assertThat(new String(raw("HELLO\r\n\r\n"), ISO_8859_1)).containsPattern("^HTTP/1\\.[01] 400");
    assertThat(text(request("/hello").build())).isEqualTo("hello\n");
  }

  private static HttpRequest.Builder request(String pathAndQuery) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + pathAndQuery));
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofByteArray());
  }

  private String text(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofString()).body();
  }

  /** Sends bytes as they are; everything until the server closes. */
  private static byte[] raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      return socket.getInputStream().readAllBytes();
    }
  }

  private static byte[] content(long salt, long seed, int bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes);
    new Content(salt, seed).writeTo(out, bytes);
    return out.toByteArray();
  }
}
