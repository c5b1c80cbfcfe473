import Glibc
package import SystemPackage

package enum Folder {
  /// Makes the folder and those above it; one that is there already is fine.
  package static func create(_ path: FilePath) throws(FileError) {
    if isFolder(path) { return }
    let parent = path.removingLastComponent()
    if parent != path, !parent.isEmpty { try create(parent) }
    guard mkdir(path.string, 0o755) == 0 || (errno == EEXIST && isFolder(path)) else {
      throw FileError.current(.create, path)
    }
  }

  package static func isFolder(_ path: FilePath) -> Bool {
    var information = stat()
    return stat(path.string, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }

  package static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

  /// Bytes of the file at `path`.
  package static func size(of path: FilePath) throws(FileError) -> Int {
    var information = stat()
    guard stat(path.string, &information) == 0 else { throw FileError.current(.read, path) }
    return Int(information.st_size)
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
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Makes renames inside the folder durable.
  static func flush(_ path: FilePath) throws(FileError) {
    let descriptor = open(path.isEmpty ? "." : path.string, O_RDONLY | O_DIRECTORY)
    guard descriptor >= 0 else { throw FileError.current(.read, path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError.current(.write, path) }
  }
}
