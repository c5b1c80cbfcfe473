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
  /// - Parameter reorders: whether the codec has frames that come in another order than their packets.
  init?(_ rows: [PacketTable.Row], reorders: Bool) {
    guard let first = rows.first, first.kind.isDecodedAlone else { return nil }
    let longest = reorders ? Self.longestDelay : 0
    var delay = 0
    // The latest times so far, the last one first: as many as tell whether there are too many.
    var latest: [Int64] = []
    for row in rows {
      if row.kind.isStrange || row.time < first.time { return nil }
      // Nothing of before an entry is shown after it, unless times start anew somewhere.
      if row.kind.isDecodedAlone, let last = latest.first, row.time <= last { return nil }
      let later = latest.firstIndex { $0 <= row.time } ?? latest.count
      if later > longest { return nil }
      delay = max(delay, later)
      latest.insert(row.time, at: later)
      if latest.count > longest + 1 { latest.removeLast() }
    }
    let shown = rows.indices.filter { rows[$0].isShown }.sorted { rows[$0].time < rows[$1].time }
    guard !shown.isEmpty, zip(shown, shown.dropFirst()).allSatisfy({ rows[$0].time < rows[$1].time }) else {
      return nil
    }
    self.shown = shown
    self.delay = delay
  }
}
