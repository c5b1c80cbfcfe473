import Foundation
import Testing

/// A disk of a few kilobytes, mounted for one command in a name space of its own.
enum SmallDisk {
  static let reason: Comment =
    "unshare --user --mount and a tmpfs in it are not allowed here, so there is no small disk to fill"

  /// - Parameter size: as `mount -o size=` takes it.
  /// - Returns: what to run a command through.
  static func command(of size: String, at folder: String) -> [String] {
    let script = "mount -t tmpfs -o size=\(size) tmpfs '\(folder)' || exit 99; exec \"$@\""
    return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
  }

  /// Whether this machine lets an ordinary user make one.
  static let isPossible: Bool = {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "framewise-small-\(UUID().uuidString)")
    guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)) != nil
    else {
      return false
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command(of: "100k", at: folder.path) + ["true"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()
}
