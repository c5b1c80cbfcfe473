import Glibc
package import SystemPackage

package enum Folder {
  /// Makes the folder and those above it; one that is there already is fine.
  package static func create(_ path: FilePath) throws(FileError) {
    if isFolder(path) { return }
    let parent = path.removingLastComponent()
    if parent != path, !parent.isEmpty { try create(parent) }
    guard mkdir(path.string, 0o755) != 0 else { return }
    let reason = Errno(rawValue: errno)
    guard reason == .fileExists, isFolder(path) else { throw FileError(.create, path, reason) }
  }

  package static func isFolder(_ path: FilePath) -> Bool {
    var information = stat()
    return stat(path.string, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }

  /// As `isFolder`, but tells a file system that does not answer from one that says no.
  package static func holdsFolder(_ path: FilePath) throws(FileError) -> Bool {
    var information = stat()
    if stat(path.string, &information) == 0 { return information.st_mode & S_IFMT == S_IFDIR }
    // The last two are links that lead nowhere.
    guard [ENOENT, ENOTDIR, ELOOP].contains(errno) else { throw FileError.current(.read, path) }
    return false
  }

  /// The path without links and `..`, from the root; as it is where nothing is there.
  package static func resolved(_ path: FilePath) -> FilePath {
    let real = realpath(path.isEmpty ? "." : path.string, nil)
    defer { free(real) }
    return real.map { FilePath(platformString: $0) } ?? path
  }

  package static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

  /// Bytes of the file at `path`; nil where there is none.
  package static func size(of path: FilePath) throws(FileError) -> Int? {
    var information = stat()
    if stat(path.string, &information) == 0 { return Int(information.st_size) }
    guard errno == ENOENT || errno == ENOTDIR else { throw FileError.current(.read, path) }
    return nil
  }

  /// Removes the folder and the files in it; what cannot be removed stays.
  package static func remove(_ path: FilePath) {
    for name in (try? names(in: path)) ?? [] { unlink(path.appending(name).string) }
    rmdir(path.string)
  }

  /// Removes a file; one that is not there is fine.
  package static func removeFile(_ path: FilePath) throws(FileError) {
    guard unlink(path.string) == 0 || errno == ENOENT else { throw FileError.current(.write, path) }
  }

  /// The names in the folder, sorted, without `.` and `..`.
  package static func names(in path: FilePath) throws(FileError) -> [String] {
    guard let stream = opendir(path.string) else { throw FileError.current(.read, path) }
    defer { closedir(stream) }
    return try names(in: stream, of: path)
  }

  /// - Throws: `FileError` also where the list breaks off, as it does on a network that goes away: a part of it would
  ///   make what comes later look as if it were not there.
  static func names(in stream: OpaquePointer, of path: FilePath) throws(FileError) -> [String] {
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw FileError.current(.read, path) }
    return names.sorted()
  }

  /// Makes renames inside the folder durable.
  package static func flush(_ path: FilePath) throws(FileError) {
    let descriptor = open(path.isEmpty ? "." : path.string, O_RDONLY | O_DIRECTORY)
    guard descriptor >= 0 else { throw FileError.current(.read, path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError.current(.write, path) }
  }
}
