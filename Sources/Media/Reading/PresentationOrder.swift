/// In which order the packets of a stream are shown, where that can be told without decoding.
struct PresentationOrder {
  /// Frames that a decoder may hold back by the standards, and by libavcodec.
  static let longestDelay = 16

  /// Rows of the packets that are shown, by time.
  let shown: [Int]
  /// The greatest number of packets that come before one in the file and after it on the screen.
  let delay: Int

  /// Nil where a full decode might show something else than the packets' times say.
  ///
  /// - Parameter watch: that has seen all packets of the stream, of which `rows` are some.
  init?(_ rows: [PacketTable.Row], _ watch: OrderWatch) {
    guard watch.isSound else { return nil }
    let shown = rows.indices.filter { rows[$0].isShown }.sorted { rows[$0].time < rows[$1].time }
    guard !shown.isEmpty, zip(shown, shown.dropFirst()).allSatisfy({ rows[$0].time < rows[$1].time }) else {
      return nil
    }
    self.shown = shown
    delay = watch.delay
  }
}

/// Looks at a stream's packets in the order of the file for what a decoder would take differently from their times.
struct OrderWatch {
  private(set) var isSound = true
  /// The greatest number of packets so far that came before one in the file and after it on the screen.
  private(set) var delay = 0
  private let longest: Int
  private var first: Int64?
  /// The latest times so far, the last one first: as many as tell whether there are too many.
  private var latest: [Int64] = []

  /// - Parameter reorders: whether the codec has frames that come in another order than their packets.
  init(reorders: Bool) { longest = reorders ? PresentationOrder.longestDelay : 0 }

  mutating func note(_ row: PacketTable.Row) {
    guard isSound else { return }
    isSound = isAsExpected(row)
  }

  private mutating func isAsExpected(_ row: PacketTable.Row) -> Bool {
    if first == nil {
      guard row.kind.isDecodedAlone else { return false }
      first = row.time
    }
    if row.kind.isStrange || row.time < first ?? row.time { return false }
    // Nothing of before an entry is shown after it, unless times start anew somewhere.
    if row.kind.isDecodedAlone, let last = latest.first, row.time <= last { return false }
    let later = latest.firstIndex { $0 <= row.time } ?? latest.count
    if later > longest { return false }
    delay = max(delay, later)
    latest.insert(row.time, at: later)
    if latest.count > longest + 1 { latest.removeLast() }
    return true
  }
}
