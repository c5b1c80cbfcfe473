import Foundation
import SystemPackage

package enum Processors {
  /// Processors that this process may run on: those of its affinity mask (`taskset`, `srun`, `mpirun`), and no more
  /// than the quota of its control group pays for (containers); at least 1.
  package static var available: Int {
    let mask = line(of: "/proc/self/status", "Cpus_allowed_list:").flatMap(count)
    let quota = line(of: "/sys/fs/cgroup/cpu.max", "").flatMap(quota)
    return max(1, min(mask ?? ProcessInfo.processInfo.activeProcessorCount, quota ?? .max))
  }

  /// What follows `beginning` in the first line that has it.
  private static func line(of file: FilePath, _ beginning: String) -> Substring? {
    guard let bytes = try? Files.read(file, limit: 1 << 20) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    return lines.first { $0.hasPrefix(beginning) }?.dropFirst(beginning.count)
  }

  /// `0,2-5` are five.
  static func count(_ list: Substring) -> Int? {
    var count = 0
    for range in list.split(separator: ",") {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false).map {
        Int($0.filter { !$0.isWhitespace })
      }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
        return nil
      }
      count += last - first + 1
    }
    return count > 0 ? count : nil
  }

  /// `150000 100000`: microseconds of processor time in each period of so many, rounded up to whole processors; `max`
  /// is without limit.
  static func quota(_ text: Substring) -> Int? {
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
    guard numbers.count == 2, let time = numbers[0], let period = numbers[1], time > 0, period > 0 else {
      return nil
    }
    return (time - 1) / period + 1
  }
}
