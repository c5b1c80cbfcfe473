package import Storage

/// Which shards this process makes, of those that a dataset has.
///
/// Several processes, on one machine or many, need no more than a folder in common: shards do not depend on each
/// other.
package enum ShardShare: Sendable, Equatable {
  case all
  /// Those from `lowerBound` on, before `upperBound`.
  case range(Range<Int>)
  /// Every `count`-th one, from `rank` on.
  case rank(Int, of: Int)

  package func shards(of count: Int) -> [Int] {
    switch self {
    case .all: Array(0..<count)
    case .range(let range): Array(range.clamped(to: 0..<count))
    case .rank(let rank, let ranks): Array(stride(from: rank, to: count, by: ranks))
    }
  }

  /// Two numbers that a launcher sets: which of the processes this is, and how many there are.
  private static let launchers = [
    ("RANK", "WORLD_SIZE"),  // torchrun
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),  // mpirun
    ("SLURM_PROCID", "SLURM_NTASKS"),  // srun
  ]

  /// The share of a process that torchrun, mpirun or srun started; all for one that nobody did.
  package init(environment: [String: String]) throws(ShareError) {
    self = .all
    for (rankName, countName) in Self.launchers {
      guard let rankText = environment[rankName], let countText = environment[countName] else { continue }
      guard let count = Int(countText), count > 0 else { throw ShareError(name: countName, value: countText) }
      guard let rank = Int(rankText), 0..<count ~= rank else {
        throw ShareError(name: rankName, value: rankText, count: count)
      }
      if count > 1 { self = .rank(rank, of: count) }
      return
    }
  }

  /// Processes that share this machine's processors: torchrun starts several and binds none to a processor.
  package static func localProcesses(environment: [String: String]) -> Int {
    max(1, environment["LOCAL_WORLD_SIZE"].flatMap { Int($0) } ?? 1)
  }
}

/// A launcher's variable that makes no sense.
package struct ShareError: ReportableError, Equatable {
  var name: String
  var value: String
  var count: Int?

  package var kind: ErrorKind { .usage }

  package var description: String {
    let expected = count.map { "0 to \($0 - 1)" } ?? "the number of processes"
    return "environment variable \(name): is \"\(value)\", expected \(expected)"
  }
}
