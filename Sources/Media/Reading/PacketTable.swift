import CFFmpeg

/// The packets of a video stream in the order of the file: when each is shown and of what kind it is, and, up to a
/// bound, the packets themselves. Not Sendable.
final class PacketTable {
  struct Row: Equatable {
    /// Presentation time in the stream's units.
    var time: Int64
    var kind: PacketKind
    /// Not outside the edit list.
    var isShown = true
    /// Which of the stream's packets it is.
    var number = 0
  }

  enum Scope {
    case allPackets
    /// Once there are too many packets for a row each, only those that can be decoded alone, or carry parameters.
    case keyframes
  }

  private(set) var rows: [Row] = []
  /// Whether there is a row for each packet that there should be one for, and all packets have times.
  private(set) var isWhole = true
  /// Whether there are rows of keyframes only.
  private(set) var isThinned = false
  private(set) var watch: OrderWatch
  private let scope: Scope
  private let rowLimit: Int
  private var packets = 0
  /// As many as rows, or none once they have become too many bytes.
  private var stored: [UnsafeMutablePointer<AVPacket>?] = []
  private(set) var storedBytes = 0
  private(set) var keepsPackets = true
  private let byteLimit: Int

  /// - Parameters:
  ///   - reorders: whether the codec has frames that come in another order than their packets.
  ///   - rowLimit: a row takes 24 bytes.
  ///   - byteLimit: for the packets that are kept, with the memory that they hold beside their content.
  init(_ scope: Scope, reorders: Bool, rowLimit: Int, byteLimit: Int) {
    self.scope = scope
    self.rowLimit = rowLimit
    self.byteLimit = byteLimit
    watch = OrderWatch(reorders: reorders)
  }

  deinit { dropPackets() }

  /// Adds a packet, which is empty afterwards if it was kept.
  ///
  /// - Parameter row: nil for a packet without a time.
  func append(_ packet: UnsafeMutablePointer<AVPacket>, as row: Row?) {
    guard isWhole else { return }
    guard var row else { return giveUp() }
    watch.note(row)
    row.number = packets
    packets += 1
    if rows.count == rowLimit && scope == .keyframes && !isThinned { thin() }
    if isThinned && !Self.isKept(row.kind) { return }
    guard rows.count < rowLimit else { return giveUp() }
    rows.append(row)
    guard keepsPackets else { return }
    guard scope == .allPackets || row.kind.isDecodedAlone else { return stored.append(nil) }
    let bytes = Self.memory(of: packet)
    guard storedBytes + bytes <= byteLimit, let copy = Self.take(packet) else { return dropPackets() }
    storedBytes += bytes
    stored.append(copy)
  }

  private static func isKept(_ kind: PacketKind) -> Bool { kind.isDecodedAlone || kind.carriesParameters }

  private func thin() {
    isThinned = true
    if keepsPackets { stored = zip(stored, rows).filter { Self.isKept($1.kind) }.map(\.0) }
    rows.removeAll { !Self.isKept($0.kind) }
  }

  private func giveUp() {
    isWhole = false
    rows = []
    dropPackets()
  }

  /// The packet of a row, to be read only; nil where it was not kept.
  func packet(_ row: Int) -> UnsafeMutablePointer<AVPacket>? {
    stored.indices.contains(row) ? stored[row] : nil
  }

  func hasAllPackets(of run: ClosedRange<Int>) -> Bool {
    rows[run.upperBound].number - rows[run.lowerBound].number == run.upperBound - run.lowerBound
  }

  private func dropPackets() {
    for packet in stored {
      var packet = packet
      av_packet_free(&packet)
    }
    stored = []
    storedBytes = 0
    keepsPackets = false
  }

  /// The packet, the buffer that it lies in (which may be much larger), and what libav keeps about both.
  private static func memory(of packet: UnsafeMutablePointer<AVPacket>) -> Int {
    let buffer = packet.pointee.buf.map { Int($0.pointee.size) } ?? 0
    var bytes = max(buffer, Int(packet.pointee.size)) + 256
    for number in 0..<Int(packet.pointee.side_data_elems) {
      bytes += Int(packet.pointee.side_data[number].size)
    }
    return bytes
  }

  private static func take(_ packet: UnsafeMutablePointer<AVPacket>) -> UnsafeMutablePointer<AVPacket>? {
    guard let copy = av_packet_alloc() else { return nil }
    av_packet_move_ref(copy, packet)
    return copy
  }
}
