import Glibc
package import SystemPackage

/// A lock on a regular file that is there for this alone: made where it is missing, removed by the last that lets go.
///
/// A regular file, because Linux keeps locks on those of NFS for all machines, those on folders for one. The lock is
/// gone when its process has ended, however that came about.
package final class FileLock {
  package enum Kind: Sendable {
    /// Held by any number at once, but by none while one has it exclusively.
    case shared
    case exclusive
  }

  package let path: FilePath
  /// Why nobody is kept away; nil where the lock holds. Some file systems have no locks.
  package let obstacle: Errno?
  private let file: OwnedDescriptor

  private init(_ path: FilePath, _ file: consuming OwnedDescriptor, obstacle: Errno?) {
    self.path = path
    self.file = file
    self.obstacle = obstacle
  }

  /// Takes the lock, or gives nil where another one who holds it forbids that.
  ///
  /// - Throws: `FileError` where the file cannot be made, or something that is no regular file is there.
  package static func take(_ kind: Kind, at path: FilePath) throws(FileError) -> FileLock? {
    try take(kind, at: path, by: systemLock)
  }

  /// Takes the lock as soon as nobody holds it who forbids that.
  ///
  /// - Throws: as `take`.
  package static func wait(_ kind: Kind, at path: FilePath) throws(FileError) -> FileLock {
    // Asked without LOCK_NB, `flock` answers when it has the lock.
    while true {
      if let lock = try take(kind, at: path, by: { systemLock($0, $1 & ~LOCK_NB) }) { return lock }
    }
  }

  /// - Parameter lock: `flock(2)`; tests bring another.
  static func take(
    _ kind: Kind, at path: FilePath, by lock: (Int32, Int32) -> Int32
  ) throws(FileError) -> FileLock? {
    while true {
      let number = open(path.string, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
      guard number >= 0 else { throw FileError.current(.create, path) }
      let file = OwnedDescriptor(FileDescriptor(rawValue: number))
      var information = stat()
      guard fstat(number, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
        throw FileError(.create, path, .fileExists)
      }
      switch try attempt(kind, number, path, by: lock) {
      case .busy: return nil
      case .impossible(let reason): return FileLock(path, file, obstacle: reason)
      case .held:
        // Otherwise whoever had it has just removed the file.
        if isCurrent(number, path) { return FileLock(path, file, obstacle: nil) }
      }
    }
  }

  /// Makes an exclusive lock a shared one; waits while another has it in between.
  ///
  /// - Returns: false where another has removed the file in between: then nothing is held.
  package func share() throws(FileError) -> Bool {
    guard obstacle == nil else { return true }
    while flock(file.descriptor.rawValue, LOCK_SH) != 0 {
      guard errno == EINTR else { throw FileError.current(.lock, path) }
    }
    return Self.isCurrent(file.descriptor.rawValue, path)
  }

  deinit {
    let number = file.descriptor.rawValue
    // Nobody else holds it, nor can while it is removed.
    let isLast = obstacle != nil || flock(number, LOCK_EX | LOCK_NB) == 0
    if isLast, Self.isCurrent(number, path) { unlink(path.string) }
  }

  package enum Outcome: Equatable {
    case held
    case busy
    /// The file system has no locks, or none at the moment.
    case impossible(Errno)
  }

  /// Locks a file of another purpose for as long as it is open.
  package static func attempt(
    _ kind: Kind, _ descriptor: FileDescriptor, _ path: FilePath
  ) throws(FileError) -> Outcome {
    try attempt(kind, descriptor.rawValue, path, by: systemLock)
  }

  private static func attempt(
    _ kind: Kind, _ number: Int32, _ path: FilePath, by lock: (Int32, Int32) -> Int32
  ) throws(FileError) -> Outcome {
    while lock(number, (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return .busy
      case ENOSYS, EOPNOTSUPP, ENOLCK: return .impossible(Errno(rawValue: errno))
      default: throw FileError.current(.lock, path)
      }
    }
    return .held
  }

  private static func systemLock(_ number: Int32, _ operation: Int32) -> Int32 { flock(number, operation) }

  /// Whether what is open is what stands at the path.
  package static func isCurrent(_ number: Int32, _ path: FilePath) -> Bool {
    var (own, present) = (stat(), stat())
    return fstat(number, &own) == 0 && lstat(path.string, &present) == 0 && own.st_ino == present.st_ino
      && own.st_dev == present.st_dev
  }
}
