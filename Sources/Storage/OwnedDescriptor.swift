import Glibc
package import SystemPackage

/// A descriptor that is closed once, when its owner goes away, whatever was thrown before.
///
/// Closed a second time, its number may be another thread's file by then. That comes easily: an initialiser that
/// throws when all properties are set runs `deinit` too.
package struct OwnedDescriptor: ~Copyable, Sendable {
  package let descriptor: FileDescriptor

  /// - Parameter descriptor: open, and nobody else's to close.
  package init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

  deinit {
    let status = close(descriptor.rawValue)
    assert(status == 0 || errno != EBADF, "\(descriptor) was closed by somebody else")
  }
}
