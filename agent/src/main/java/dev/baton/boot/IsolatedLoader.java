package dev.baton.boot;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * The loader in which everything of Baton lives that the host must not see: our own code and every
 * library it uses. It finds them in the agent jar under {@code inst/}, with classes named {@code
 * .classdata}, so that no other loader can pick them up by accident.
 *
 * <p>Child first: what is in the jar comes from the jar, whatever the application has on its class
 * path. Above it are the platform's classes and nothing of the application's. The one package
 * shared with the rest of the JVM is {@code dev.baton.boot}, taken from the loader that defined
 * this class: the boot loader when Baton is an agent, the system loader when it is a command.
 */
public final class IsolatedLoader extends ClassLoader {

  static {
    registerAsParallelCapable();
  }

  private static final String INSIDE = "inst/";
  private static final String SHARED = "dev.baton.boot.";
  private static final String SHARED_FOLDER = "dev/baton/boot/";
  private static final String ATTACH = "com.sun.tools.attach.";

  private final JarFile jar;
  private final String root;
  private final ProtectionDomain domain;

  /**
   * Opens the agent jar and keeps it open for good.
   *
   * @param agentJar the jar this class came from
   * @throws IOException if it cannot be read
   */
  public IsolatedLoader(File agentJar) throws IOException {
    super("baton", ClassLoader.getPlatformClassLoader());
    URL url = agentJar.toURI().toURL();
    this.jar = new JarFile(agentJar, false);
    this.root = "jar:" + url + "!/";
    this.domain = new ProtectionDomain(new CodeSource(url, (Certificate[]) null), null, this, null);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> known = findLoadedClass(name);
      if (known != null) {
        return known;
      }
      if (name.startsWith(SHARED)) {
        return Class.forName(name, false, IsolatedLoader.class.getClassLoader());
      }
      ZipEntry entry = jar.getEntry(inside(name.replace('.', '/').concat(".class")));
      if (entry != null) {
        return define(name, entry);
      }
      if (name.startsWith(ATTACH)) { // a JDK module, but one of the system loader's
        return Class.forName(name, false, ClassLoader.getSystemClassLoader());
      }
      return super.loadClass(name, resolve);
    }
  }

  private Class<?> define(String name, ZipEntry entry) throws ClassNotFoundException {
    try {
      byte[] bytes = read(entry);
      return defineClass(name, bytes, 0, bytes.length, domain);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  private byte[] read(ZipEntry entry) throws IOException {
    try (InputStream in = jar.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  /** Child first, as for classes. */
  @Override
  public @Nullable URL getResource(String name) {
    URL own = findResource(name);
    return own != null ? own : super.getResource(name);
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    List<URL> all = new ArrayList<>();
    URL own = findResource(name);
    if (own != null) {
      all.add(own);
    }
    all.addAll(Collections.list(getParent().getResources(name)));
    return Collections.enumeration(all);
  }

  /** Reads through the jar that is open anyway, where a URL would open it once more. */
  @Override
  public @Nullable InputStream getResourceAsStream(String name) {
    ZipEntry entry = find(name);
    if (entry == null) {
      return super.getResourceAsStream(name);
    }
    try {
      return new ByteArrayInputStream(read(entry));
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  protected @Nullable URL findResource(String name) {
    ZipEntry entry = find(name);
    if (entry == null) {
      return null;
    }
    try {
      return new URL(root.concat(entry.getName()));
    } catch (MalformedURLException e) {
      return null;
    }
  }

  @Override
  protected Enumeration<URL> findResources(String name) {
    URL own = findResource(name);
    return own == null ? Collections.emptyEnumeration() : Collections.enumeration(List.of(own));
  }

  private @Nullable ZipEntry find(String name) {
    ZipEntry entry = jar.getEntry(inside(name));
    if (entry == null && name.startsWith(SHARED_FOLDER)) {
      return jar.getEntry(name);
    }
    return entry;
  }

  private static String inside(String name) {
    String path = INSIDE.concat(name);
    return path.endsWith(".class") ? path.concat("data") : path;
  }
}
