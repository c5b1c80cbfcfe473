/// Which frames are taken, and the packets that have to be decoded for them.
struct DecodingPlan: Equatable {
  struct Target: Equatable {
    var row: Int
    /// At how many moments the frame is on the screen.
    var moments: Int
  }

  /// In order of time.
  let targets: [Target]
  /// Rows of packets that are decoded one after the other, but for those that `skips` names; in the order of the file.
  let runs: [ClosedRange<Int>]
  private let isTarget: Set<Int>
  /// Whether pictures that no other is made from can be told.
  private let dropsUnreferenced: Bool
  private let topLayer: UInt8

  /// The frames that are on the screen at `moments`, each decoded from the last entry before it.
  ///
  /// - Parameters:
  ///   - order: of `rows`; at least one is shown.
  ///   - moments: in seconds, growing.
  ///   - time: of a row, in seconds.
  init(
    showing moments: [Double], _ rows: [PacketTable.Row], _ order: PresentationOrder, time: (Int) -> Double
  ) {
    var targets: [Target] = []
    var position = 0
    for moment in moments {
      while position + 1 < order.shown.count,
        moment >= time(order.shown[position + 1]) - SamplingPlan.tolerance
      {
        position += 1
      }
      let row = order.shown[position]
      if targets.last?.row == row {
        targets[targets.count - 1].moments += 1
      } else {
        targets.append(Target(row: row, moments: 1))
      }
    }
    self.init(targets, from: { Self.entry(for: $0, rows) }, rows, order)
  }

  /// The keyframes nearest to `moments`, each once, and nothing else; of two that are equally near the earlier. Nil when
  /// there is none that is shown.
  init?(
    nearest moments: [Double], _ rows: [PacketTable.Row], _ order: PresentationOrder, time: (Int) -> Double
  ) {
    let entries = order.shown.filter { rows[$0].kind.isDecodedAlone }
    guard !entries.isEmpty else { return nil }
    var targets: [Target] = []
    var position = 0
    for moment in moments {
      while position + 1 < entries.count,
        abs(time(entries[position + 1]) - moment) < abs(time(entries[position]) - moment)
      {
        position += 1
      }
      if targets.last?.row != entries[position] { targets.append(Target(row: entries[position], moments: 1)) }
    }
    self.init(targets, from: { $0 }, rows, order)
  }

  /// - Parameter entry: where decoding has to begin for a row.
  private init(
    _ targets: [Target], from entry: (Int) -> Int, _ rows: [PacketTable.Row], _ order: PresentationOrder
  ) {
    self.targets = targets
    isTarget = Set(targets.map(\.row))
    topLayer = rows.lazy.map(\.kind.layer).max() ?? 0
    // Where packets are never reordered, times that a careless program made up cannot be told from true ones;
    // only decoding every frame shows that they come in another order.
    dropsUnreferenced = order.delay > 0
    var needed = targets.map { entry($0.row)...$0.row }
    needed.sort { $0.lowerBound < $1.lowerBound }
    var runs: [ClosedRange<Int>] = []
    for range in needed {
      if let last = runs.last, !Self.canJump(from: last.upperBound, to: range.lowerBound, rows) {
        runs[runs.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        runs.append(range)
      }
    }
    self.runs = runs
  }

  /// Whether a packet of a run need not be decoded.
  func skips(_ row: Int, in run: ClosedRange<Int>, _ rows: [PacketTable.Row]) -> Bool {
    if isTarget.contains(row) { return false }
    let kind = rows[row].kind
    // What is shown before the entry is made from pictures before it, and nothing after the entry from that.
    if rows[row].time < rows[run.lowerBound].time { return !kind.carriesParameters }
    return dropsUnreferenced && !kind.isReference && kind.layer == topLayer && !kind.carriesParameters
  }

  /// The last entry from which the row's frame can be decoded.
  private static func entry(for row: Int, _ rows: [PacketTable.Row]) -> Int {
    var entry = row
    while entry > 0 && (!rows[entry].kind.isEntry || rows[entry].time > rows[row].time) { entry -= 1 }
    return entry
  }

  /// Whether the packets between two rows can be left out.
  private static func canJump(from last: Int, to entry: Int, _ rows: [PacketTable.Row]) -> Bool {
    guard rows[entry].number > rows[last].number + 1 else { return false }
    return rows[entry].kind.carriesParameters
      || !rows[(last + 1)..<entry].contains { $0.kind.carriesParameters }
  }
}
