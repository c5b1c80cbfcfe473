import Glibc
import Storage
import SystemPackage

/// Finds out what a tar holds when there is no index to say so.
///
/// Damage costs the samples that it touches and no others: after a header that is none, the search goes on
/// for the next block that is one.
struct ShardScan {
  private(set) var index: ShardIndex
  /// Samples that are not whole, each with the reason.
  private(set) var damaged: [(id: String, reason: String)] = []

  private let descriptor: FileDescriptor
  private var group: Group?
  private var seen: Set<String> = []

  static func run(_ path: FilePath) throws(FileError) -> ShardScan {
    let descriptor: FileDescriptor
    do { descriptor = try FileDescriptor.open(path, .readOnly) } catch {
      throw FileError(.read, path, error as? Errno ?? .ioError)
    }
    defer { try? descriptor.close() }
    var information = stat()
    guard fstat(descriptor.rawValue, &information) == 0 else { throw FileError.current(.read, path) }
    var scan = ShardScan(descriptor: descriptor, bytes: Int(information.st_size))
    do { try scan.run() } catch { throw FileError(.read, path, error as? Errno ?? .ioError) }
    return scan
  }

  private init(descriptor: FileDescriptor, bytes: Int) {
    self.descriptor = descriptor
    index = ShardIndex(bytes: bytes)
  }

  private mutating func run() throws {
    var start: Int? = 0
    while let base = start {
      try descriptor.seek(offset: Int64(base), from: .start)
      let tar = TarInput(descriptor)
      while let member = tar.next() { add(member, of: tar, base: base) }
      start = try nextHeader(after: base + tar.position)
    }
    finishGroup()
  }

  private mutating func add(_ member: TarInput.Member, of tar: TarInput, base: Int) {
    let range = member.range.lowerBound + base..<member.range.upperBound + base
    guard let (key, kind) = ShardName.parse(member.name) else { return }
    if group?.key != key {
      finishGroup()
      group = Group(key: key, start: range.lowerBound)
    }
    group?.end = range.upperBound
    guard range.upperBound <= index.bytes else {
      group?.problem = "the shard is cut off here"
      return
    }
    switch kind {
    case .sample:
      let limit = 1 << 20  // far more than the timestamps of the longest video
      group?.description = tar.content(of: member, limit: limit)
    case .frame(let number):
      if number != group?.frames { group?.problem = "frames are missing" }
      group?.frames += 1
    }
  }

  private mutating func finishGroup() {
    guard let group, let id = ShardName.id(forKey: group.key) else { return }
    self.group = nil
    guard seen.insert(id).inserted else {
      damaged.append((id, "it is stored twice"))
      return
    }
    do throws(ShardReader.Damage) {
      index.samples.append(.init(id: id, offset: group.start, length: try group.length(id: id)))
    } catch {
      damaged.append((id, error.reason))
    }
  }

  /// The next block after the one at `offset` that has the mark of a header, as every tar of POSIX has.
  private func nextHeader(after offset: Int) throws -> Int? {
    let block = TarInput.blockSize
    var offset = offset + block
    var chunk = [UInt8](repeating: 0, count: 2048 * block)
    while offset < index.bytes {
      let count = try chunk.withUnsafeMutableBytes {
        try descriptor.read(fromAbsoluteOffset: Int64(offset), into: $0)
      }
      guard count >= block else { return nil }
      for start in stride(from: 0, through: count - block, by: block)
      where chunk[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) { return offset + start }
      offset += count / block * block
    }
    return nil
  }
}

/// The members of one sample, as they come.
private struct Group {
  let key: String
  let start: Int
  var end: Int
  var description: [UInt8]?
  var frames = 0
  var problem: String?

  init(key: String, start: Int) {
    self.key = key
    self.start = start
    end = start
  }

  /// Bytes of the whole sample.
  func length(id: String) throws(ShardReader.Damage) -> Int {
    if let problem { throw ShardReader.Damage(reason: problem) }
    guard let description else { throw ShardReader.Damage(reason: "its description is missing") }
    let sample = try ShardReader.decode(description, id: id)
    guard sample.timestamps.count == frames else {
      throw ShardReader.Damage(reason: "\(frames) of \(sample.timestamps.count) frames are there")
    }
    guard end - start <= ShardIndex.maximumSampleBytes else {
      throw ShardReader.Damage(reason: "it is too large")
    }
    return end - start
  }
}
