import Glibc
package import SystemPackage

/// What an output is written to: where its path leads when all symbolic links are followed.
package enum OutputTarget: Sendable, Equatable {
  /// A regular file, or nothing yet.
  case file(FilePath)
  /// A FIFO, a terminal, `/dev/null`: can only be written to as it stands.
  case stream(FilePath)
  /// A descriptor that this process has open already: `/dev/stdout`, `/dev/fd/3`.
  case descriptor(Int32)

  /// - Throws: `FileError` for a folder, a disk (writing to it would end what is on it), and links that lead nowhere.
  package init(_ path: FilePath) throws(FileError) {
    var current = path
    for _ in 0..<Self.maximumLinks {
      if let number = Self.openDescriptor(namedBy: current) {
        self = .descriptor(number)
        return
      }
      var information = stat()
      guard lstat(current.string, &information) == 0 else {
        guard errno == ENOENT else { throw FileError.current(.create, path) }
        self = .file(current)
        return
      }
      switch information.st_mode & S_IFMT {
      case S_IFLNK: current = try Self.destination(of: current, for: path)
      case S_IFREG:
        self = .file(current)
        return
      case S_IFDIR: throw FileError(.create, path, .isDirectory)
      case S_IFBLK: throw FileError(.create, path, .notSupported)
      default:
        self = .stream(current)
        return
      }
    }
    throw FileError(.create, path, .tooManySymbolicLinkLevels)
  }

  /// As Linux itself does it.
  private static let maximumLinks = 40

  private static func destination(of link: FilePath, for path: FilePath) throws(FileError) -> FilePath {
    var text = [CChar](repeating: 0, count: Int(PATH_MAX))  // ended by a zero, as no link is longer
    guard readlink(link.string, &text, text.count - 1) > 0 else { throw FileError.current(.create, path) }
    return link.removingLastComponent().pushing(FilePath(platformString: text))
  }

  /// The number of the descriptor that a path of `/dev` or `/proc` stands for. Opening such a path anew would begin at
  /// the start of what another program may have begun to write, and sockets cannot be opened anew at all.
  package static func openDescriptor(namedBy path: FilePath) -> Int32? {
    let text = path.string
    if let number = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].firstIndex(of: text) {
      return Int32(number)
    }
    for folder in ["/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", "/proc/\(getpid())/fd/"]
    where text.hasPrefix(folder) { return Int32(text.dropFirst(folder.count)) }
    return nil
  }
}
