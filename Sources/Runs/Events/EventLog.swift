import Foundation
import Records
import Storage
import SystemPackage
import Training

/// Writes a fold's `events.jsonl` while the fold is trained. A file of a fold that goes on from a checkpoint is cut
/// where the checkpoint was made, so that it reads as if nothing had happened.
///
/// Lines are gathered, and written a second after the last time at the latest: a kill takes events with it that the
/// next run makes again. What a checkpoint has behind it is on the disk before the checkpoint is.
final class EventLog {
  private let path: FilePath
  private let file: OwnedDescriptor
  /// nil where nobody else keeps the events, or who does can write no more.
  private var mirror: (any EventMirror)?
  /// Bytes of the file that are whole lines; whatever follows is overwritten.
  private var length = 0
  private var buffer: [UInt8] = []
  private var written = ContinuousClock.now
  /// Warnings that the file has.
  private var warnings: Set<String> = []

  private static let interval = Duration.seconds(1)

  /// - Throws: `FileError` when the file can be neither opened nor made.
  init(_ path: FilePath, mirror: (any EventMirror)? = nil) throws(FileError) {
    self.path = path
    self.mirror = mirror
    do {
      file = OwnedDescriptor(
        try FileDescriptor.open(
          path, .writeOnly, options: .create, permissions: [.ownerReadWrite, .groupRead, .otherRead]))
    } catch {
      throw FileError(.create, path, error as? Errno ?? .ioError)
    }
  }

  // MARK: Going on

  /// Cuts off what happened after a checkpoint, half a line that a kill left included.
  /// - Parameter place: of the checkpoint, with the epoch that is trained next; nil where the fold begins.
  /// - Returns: how many steps the rest tells of: fewer than there were where the file was damaged; and why the mirror has
  ///   to be done without, if it has.
  func goOn(from place: FitEvent.Place?) throws -> (steps: Int, mirrorProblem: (any Error)?) {
    buffer = []
    (length, warnings) = (0, [])
    var steps = 0
    if let place {
      for line in try Files.read(path).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .dropLast()  // what has no line end is not whole
      {
        guard let event = try? JSONText.decode(FitEvent.self, from: Array(line)), !event.isAfter(place) else {
          break
        }
        switch event {
        case .step, .skip: steps += 1
        case .warning(let warning): warnings.insert(warning.message)
        default: break
        }
        length += line.count + 1
      }
    }
    guard ftruncate(file.descriptor.rawValue, off_t(length)) == 0 else {
      throw FileError.current(.write, path)
    }
    do { try mirror?.goOn(with: EventFile(path)) } catch {
      mirror = nil
      return (steps, error)
    }
    return (steps, nil)
  }

  var isEmpty: Bool { length == 0 && buffer.isEmpty }

  // MARK: Writing

  /// Whether the file tells of a warning already.
  func has(_ warning: FitEvent.Warning) -> Bool { warnings.contains(warning.message) }

  func add(_ event: FitEvent) {
    if case .warning(let warning) = event { warnings.insert(warning.message) }
    mirror?.add(event)
    buffer += JSONText.encode(event)
    buffer.append(UInt8(ascii: "\n"))
    guard ContinuousClock.now - written >= Self.interval else { return }
    // On a full disk the lines wait: there may be room when the fold ends.
    try? write()
  }

  /// Makes all events durable.
  func flush() throws(FileError) {
    mirror?.flush()
    try write()
    guard fdatasync(file.descriptor.rawValue) == 0 else { throw FileError.current(.write, path) }
  }

  private func write() throws(FileError) {
    written = .now
    do {
      _ = try file.descriptor.writeAll(toAbsoluteOffset: Int64(length), buffer)
    } catch {
      throw FileError(.write, path, error as? Errno ?? .ioError)
    }
    length += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }
}

extension FitEvent {
  /// Whether it happened after a checkpoint. That of the checkpoint itself counts as such: it is written last, so that
  /// a kill may have come before.
  fileprivate func isAfter(_ place: Place) -> Bool {
    switch self {
    case .start, .warning: false
    case .step(let step): step.step > place.step
    case .skip(let skip): skip.step > place.step
    case .split(let split): split.step > place.step
    case .checkpoint(let checkpoint): (checkpoint.step, checkpoint.epoch) >= (place.step, place.epoch)
    case .epoch(let epoch, _): epoch.epoch >= place.epoch
    case .resume, .vectors, .floor, .fold, .end: true
    }
  }
}
