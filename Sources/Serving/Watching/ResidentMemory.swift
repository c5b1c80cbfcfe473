import Glibc
import Storage
import SystemPackage

/// How much memory this process has now.
enum ResidentMemory {
  /// Bytes; nil where the kernel does not say.
  static func bytes() -> Int? {
    guard let text = try? Files.read("/proc/self/statm", limit: 1 << 10) else { return nil }
    let pages = String(decoding: text, as: UTF8.self).split(separator: " ").dropFirst().first
    return pages.flatMap { Int($0) }.map { $0 * Int(getpagesize()) }
  }
}
