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
  }

  /// Rows of 24 bytes; three hours at 100 frames a second.
  static let rowLimit = 1 << 20

  private(set) var rows: [Row] = []
  /// Whether there is a row for each packet, and a time in each.
  private(set) var isWhole = true
  /// As many as rows, or none once they have become too many bytes.
  private var stored: [UnsafeMutablePointer<AVPacket>?] = []
  private(set) var storedBytes = 0
  private(set) var keepsPackets = true
  private let byteLimit: Int

  /// - Parameter byteLimit: for the packets that are kept, with the memory that they hold beside their content.
  init(byteLimit: Int) { self.byteLimit = byteLimit }

  deinit { dropPackets() }

  /// Adds a packet, which is empty afterwards if it was kept.
  ///
  /// - Parameters:
  ///   - row: nil for a packet without a time.
  ///   - keeping: whether the packet is wanted again.
  func append(_ packet: UnsafeMutablePointer<AVPacket>, as row: Row?, keeping: Bool) {
    guard isWhole, let row, rows.count < Self.rowLimit else {
      isWhole = false
      rows = []
      dropPackets()
      return
    }
    rows.append(row)
    guard keepsPackets else { return }
    guard keeping else { return stored.append(nil) }
    let bytes = Self.memory(of: packet)
    guard storedBytes + bytes <= byteLimit, let copy = Self.take(packet) else { return dropPackets() }
    storedBytes += bytes
    stored.append(copy)
  }

  /// The packet of a row, to be read only; nil where it was not kept.
  func packet(_ row: Int) -> UnsafeMutablePointer<AVPacket>? {
    stored.indices.contains(row) ? stored[row] : nil
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
