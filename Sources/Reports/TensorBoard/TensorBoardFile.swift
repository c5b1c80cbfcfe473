import Foundation
package import Records
import Storage
import SwiftProtobuf
package import SystemPackage

/// The scalars of a fold's events as TensorBoard reads them, in a file beside `events.jsonl`: a run of TensorBoard's for
/// each fold. Losing its end is no loss: a fold that goes on makes the file anew of the events that it goes on with.
///
/// A file that is made anew has a later name, as TensorBoard expects: one that is looking goes on with it.
package final class TensorBoardFile: EventMirror {
  private let folder: FilePath
  private let now: () -> Double
  private var file: OpenFile?
  private var buffer: [UInt8] = []
  private var written = ContinuousClock.now

  /// Closed when nobody writes to it any more.
  private final class OpenFile {
    let own: OwnedDescriptor

    init(_ descriptor: FileDescriptor) { own = OwnedDescriptor(descriptor) }
  }

  private static let interval = Duration.seconds(1)
  private static let version = "brain.Event:2"
  private static let (prefix, suffix) = ("events.out.tfevents.", ".framewise")

  /// - Parameter folder: of the fold.
  package convenience init(in folder: FilePath) {
    self.init(in: folder) { Date().timeIntervalSince1970 }
  }

  /// - Parameter now: seconds since 1970.
  init(in folder: FilePath, now: @escaping () -> Double) {
    self.folder = folder
    self.now = now
  }

  // MARK: Going on

  /// Events that an earlier file has keep the time that it says they happened at.
  package func goOn(with events: EventFile) throws {
    file = nil
    buffer = []
    let earlier = try Folder.names(in: folder).filter(Self.isName)
    let times = try earlier.reduce(into: [:]) { times, name in
      times.merge(try Self.times(in: folder.appending(name))) { $1 }
    }
    let last = earlier.compactMap(Self.second(of:)).max() ?? 0
    let path = folder.appending(Self.name(max(Int(now()), last + 1)))
    var begin = Tensorflow_Event()
    begin.wallTime = times.values.min() ?? now()
    begin.fileVersion = Self.version
    let new = try AtomicFile(path)
    try new.write(Self.record(begin))
    try events.visit { event in
      guard let scalars = ScalarEvents(event) else { return }
      try new.write(Self.record(scalars, at: times[Key(scalars)] ?? now()))
    }
    try new.commit()
    for name in earlier { try Folder.removeFile(folder.appending(name)) }
    do {
      file = OpenFile(try FileDescriptor.open(path, .writeOnly, options: [.append, .closeOnExec]))
    } catch {
      throw FileError(.write, path, error as? Errno ?? .ioError)
    }
  }

  /// What tells one event of a fold from the others.
  private struct Key: Hashable {
    let isStep: Bool
    let step: Int

    init(_ scalars: ScalarEvents) {
      self.init(step: scalars.step, tag: scalars.values.first?.tag)
    }

    init(step: Int, tag: String?) {
      isStep = tag?.hasPrefix("step/") ?? false
      self.step = step
    }
  }

  private static func times(in path: FilePath) throws -> [Key: Double] {
    let events = TFRecords.records(in: try Files.read(path)).compactMap {
      try? Tensorflow_Event(serializedBytes: Array($0))
    }
    return Dictionary(
      events.filter { !$0.summary.value.isEmpty }.map {
        (Key(step: Int($0.step), tag: $0.summary.value.first?.tag), $0.wallTime)
      }
    ) { $1 }
  }

  private static func name(_ second: Int) -> String {
    let digits = String(second)
    return prefix + String(repeating: "0", count: max(0, 10 - digits.count)) + digits + suffix
  }

  private static func isName(_ name: String) -> Bool { second(of: name) != nil }

  private static func second(of name: String) -> Int? {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
    return Int(name.dropFirst(prefix.count).dropLast(suffix.count))
  }

  // MARK: Writing

  package func add(_ event: FitEvent) {
    guard let scalars = ScalarEvents(event) else { return }
    buffer += Self.record(scalars, at: now())
    if ContinuousClock.now - written >= Self.interval { flush() }
  }

  /// On a full disk the records wait for room.
  package func flush() {
    written = .now
    guard let file, !buffer.isEmpty, (try? file.own.descriptor.writeAll(buffer)) != nil else { return }
    buffer.removeAll(keepingCapacity: true)
  }

  private static func record(_ scalars: ScalarEvents, at time: Double) -> [UInt8] {
    var event = Tensorflow_Event()
    event.wallTime = time
    event.step = Int64(scalars.step)
    event.summary.value = scalars.values.map { tag, value in
      var scalar = Tensorflow_Summary.Value()
      scalar.tag = tag
      scalar.simpleValue = Float(value)
      return scalar
    }
    return record(event)
  }

  private static func record(_ event: Tensorflow_Event) -> [UInt8] {
    do { return TFRecords.record(try event.serializedBytes()) } catch {
      preconditionFailure("an event has no required fields, of which one could be missing: \(error)")
    }
  }
}
