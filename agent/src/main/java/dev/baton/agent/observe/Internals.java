package dev.baton.agent.observe;

import com.sun.jna.Pointer;
import java.io.FileDescriptor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's private fields that observation needs, in one place. All of them exist, with the same
 * types, in JDK 17 to 25; the packages must have been opened to this class's module before it is
 * loaded.
 */
final class Internals {
  private static final VarHandle DESCRIPTOR = field(FileDescriptor.class, "fd", int.class);
  private static final VarHandle BUFFER_ADDRESS = field(Buffer.class, "address", long.class);

  private Internals() {}

  /** The number of a descriptor; −1 when it is closed. */
  static int number(FileDescriptor fd) {
    return (int) DESCRIPTOR.get(fd);
  }

  /**
   * A view of native memory that can be pointed anywhere without allocating. It keeps nothing alive
   * and checks nothing: read only what a hook was given, and only during the call.
   */
  static final class NativeView {
    private final ByteBuffer view =
        new Pointer(8).getByteBuffer(0, Integer.MAX_VALUE).order(ByteOrder.nativeOrder());

    /** The bytes at an address. Valid until the next call. */
    ByteBuffer at(long address, int length) {
      BUFFER_ADDRESS.set(view, address);
      return view.clear().limit(length);
    }

    /** Eight bytes at an address, as a number. */
    long word(long address) {
      return at(address, Long.BYTES).getLong(0);
    }
  }

  /** The fields of {@code NioSocketImpl}, which a server's {@code Socket} reads its peer from. */
  static final class SocketImplFields {
    private static final Class<?> SOCKET_IMPL = load("java.net.SocketImpl");
    private static final VarHandle FD = field(SOCKET_IMPL, "fd", FileDescriptor.class);
    private static final VarHandle ADDRESS = field(SOCKET_IMPL, "address", InetAddress.class);
    private static final VarHandle PORT = field(SOCKET_IMPL, "port", int.class);

    private SocketImplFields() {}

    static FileDescriptor descriptor(Object socketImpl) {
      return (FileDescriptor) FD.get(socketImpl);
    }

    static @Nullable InetAddress address(Object socketImpl) {
      return (InetAddress) ADDRESS.get(socketImpl);
    }

    static int port(Object socketImpl) {
      return (int) PORT.get(socketImpl);
    }

    static void showPeer(Object socketImpl, InetAddress address, int port) {
      ADDRESS.set(socketImpl, address);
      PORT.set(socketImpl, port);
    }
  }

  /** The descriptor of a {@code SocketChannel}, from its {@code SelChImpl} face. */
  static final class ChannelDescriptor {
    private static final Class<?> SEL_CH_IMPL = load("sun.nio.ch.SelChImpl");
    private static final java.lang.invoke.MethodHandle GET_FD = getFd();

    private ChannelDescriptor() {}

    private static java.lang.invoke.MethodHandle getFd() {
      try {
        return MethodHandles.privateLookupIn(SEL_CH_IMPL, MethodHandles.lookup())
            .findVirtual(
                SEL_CH_IMPL, "getFD", java.lang.invoke.MethodType.methodType(FileDescriptor.class))
            .asType(java.lang.invoke.MethodType.methodType(FileDescriptor.class, Object.class));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("sun.nio.ch.SelChImpl.getFD is not accessible", e);
      }
    }

    static @Nullable FileDescriptor of(Object channel) {
      if (!SEL_CH_IMPL.isInstance(channel)) {
        return null;
      }
      try {
        return (FileDescriptor) GET_FD.invokeExact(channel);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, null);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static VarHandle field(Class<?> owner, String name, Class<?> type) {
    try {
      return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
          .findVarHandle(owner, name, type);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(owner.getName() + "." + name + " is not accessible", e);
    }
  }
}
