package dev.baton.demo;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** {@link Endpoints} as a servlet, for Jetty and Tomcat alike. */
@SuppressWarnings("serial") // Never serialised.
final class EndpointsServlet extends HttpServlet {

  private final Endpoints endpoints;

  EndpointsServlet(Endpoints endpoints) {
    this.endpoints = endpoints;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    endpoints.handle(new ServletExchange(request, response));
  }

  private record ServletExchange(HttpServletRequest request, HttpServletResponse response)
      implements Exchange {

    @Override
    public String method() {
      return request.getMethod();
    }

    @Override
    public String path() {
      return request.getServletPath();
    }

    @Override
    public @Nullable String query() {
      return request.getQueryString();
    }

    @Override
    public InputStream body() throws IOException {
      return request.getInputStream();
    }

    @Override
    public OutputStream sized(int status, long length) throws IOException {
      response.setStatus(status);
      response.setContentLengthLong(length);
      return chunked();
    }

    @Override
    public OutputStream chunked() throws IOException {
      response.setContentType("application/octet-stream");
      return response.getOutputStream();
    }

    @Override
    public OutputStream untilClose() throws IOException {
      response.setHeader("Connection", "close");
      return chunked();
    }
  }
}
