import CFFmpeg

/// Where the packets of a table's rows come from, in growing order of the rows.
enum PacketSupply {
  case kept(PacketTable)
  case again(PacketReader)

  /// To be read only, and good until the next call; nil when it is not there any more.
  func packet(_ row: Int) throws(MediaError) -> UnsafeMutablePointer<AVPacket>? {
    switch self {
    case .kept(let table): table.packet(row)
    case .again(let reader): try reader.packet(row)
    }
  }
}

/// A second pass over a file whose packets were too many to be kept. Not Sendable.
final class PacketReader {
  private let demuxer: Demuxer
  private let table: PacketTable
  private let packet: UnsafeMutablePointer<AVPacket>
  /// Which of the stream's packets `packet` is.
  private var current = -1

  init(_ demuxer: Demuxer, expecting table: PacketTable) throws(MediaError) {
    guard let packet = av_packet_alloc() else {
      throw MediaError(.memory, demuxer.file.path)
    }
    self.demuxer = demuxer
    self.table = table
    self.packet = packet
  }

  deinit {
    var packet: UnsafeMutablePointer<AVPacket>? = packet
    av_packet_free(&packet)
  }

  /// - Precondition: `row` is greater than in the last call.
  func packet(_ row: Int) throws(MediaError) -> UnsafeMutablePointer<AVPacket>? {
    let number = table.rows[row].number
    precondition(number > current)
    while current < number {
      av_packet_unref(packet)
      guard try demuxer.read(into: packet) else { return nil }
      if packet.pointee.stream_index == demuxer.stream.pointee.index { current += 1 }
    }
    // The file may have been changed meanwhile.
    return packet.pointee.pts == table.rows[row].time ? packet : nil
  }
}
