package dev.baton.agent;

import dev.baton.agent.Jdks.Jdk;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * Makes the JDK of some other day, in which a method has another name; for {@code --patch-module}.
 */
final class JdkWithout {

  private JdkWithout() {}

  /** Writes the class with the method, and its calls in there, renamed. */
  static void method(Jdk jdk, String type, String method, Path folder) throws IOException {
    String path = type.replace('.', '/') + ".class";
    byte[] original = read(jdk, path);
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(original)
        .accept(
            new ClassVisitor(Opcodes.ASM9, writer) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String descriptor, String signature, String[] thrown) {
                return new MethodVisitor(
                    Opcodes.ASM9,
                    super.visitMethod(
                        access, renamed(name, method), descriptor, signature, thrown)) {
                  @Override
                  public void visitMethodInsn(
                      int opcode, String owner, String called, String of, boolean isInterface) {
                    super.visitMethodInsn(opcode, owner, renamed(called, method), of, isInterface);
                  }
                };
              }
            },
            0);
    Path target = folder.resolve(path);
    Files.createDirectories(target.getParent());
    Files.write(target, writer.toByteArray());
  }

  private static String renamed(String name, String method) {
    return name.equals(method) ? name + "OfAnotherDay" : name;
  }

  private static byte[] read(Jdk jdk, String path) throws IOException {
    URL provider = jdk.home().resolve("lib/jrt-fs.jar").toUri().toURL();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {provider});
        FileSystem image =
            FileSystems.newFileSystem(
                URI.create("jrt:/"), Map.of("java.home", jdk.home().toString()), loader)) {
      return Files.readAllBytes(image.getPath("/modules/java.base", path));
    }
  }
}
