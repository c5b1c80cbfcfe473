package import Storage
package import SystemPackage

/// A safetensors file that is there but is not one, or not the one that was expected.
package struct SafetensorsError: ReportableError {
  package var path: FilePath
  /// The tensor at fault; nil where the file as a whole is.
  package var tensor: String?
  package var reason: String

  package init(path: FilePath, tensor: String? = nil, reason: String) {
    self.path = path
    self.tensor = tensor
    self.reason = reason
  }

  package var kind: ErrorKind { .badData }
  package var description: String {
    onOneLine(tensor.map { "\(path): tensor '\($0)': \(reason)" } ?? "\(path): \(reason)")
  }
}

/// An open safetensors file; tensors are read when they are asked for.
///
/// The file is untrusted: everything is checked against its size before it is touched.
package final class Safetensors: TensorFile {
  package let path: FilePath
  package let metadata: [String: String]
  private let file: MappedFile
  private let dataStart: Int
  private let entries: [String: (type: DataType, shape: [Int], bytes: Range<Int>)]

  /// The names of the tensors, sorted.
  package var names: [String] { entries.keys.sorted() }

  /// - Throws: `FileError`, or `SafetensorsError` where the content is damaged.
  package init(_ path: FilePath) throws {
    self.path = path
    let file = try MappedFile(path)
    let (header, start) = try Self.header(of: file)
    self.file = file
    metadata = header.metadata
    dataStart = start
    entries = try Self.checked(header.entries, path: path, dataCount: file.count - start)
  }

  private static func header(of file: MappedFile) throws -> (SafetensorsHeader, dataStart: Int) {
    func damaged(_ reason: String) -> SafetensorsError { SafetensorsError(path: file.path, reason: reason) }
    guard file.count >= 8 else { throw damaged("not a safetensors file: \(file.count) bytes are no header") }
    let length = file.withBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= SafetensorsHeader.maximumLength, Int(length) <= file.count - 8 else {
      throw damaged(
        "not a safetensors file, or cut short: its header claims \(length) bytes of \(file.count)")
    }
    let json = file.withBytes { [UInt8]($0[8..<8 + Int(length)]) }
    do {
      return (try JSONText.decode(SafetensorsHeader.self, from: json), 8 + Int(length))
    } catch {
      throw damaged("not a safetensors file: its header: \(JSONText.problem(in: error, bytes: json))")
    }
  }

  private static func checked(
    _ entries: [String: SafetensorsHeader.Entry], path: FilePath, dataCount: Int
  ) throws -> [String: (type: DataType, shape: [Int], bytes: Range<Int>)] {
    var end = 0
    var result: [String: (type: DataType, shape: [Int], bytes: Range<Int>)] = [:]
    for (name, entry) in entries.sorted(by: { ($0.value.offsets, $0.key) < ($1.value.offsets, $1.key) }) {
      func damaged(_ reason: String) -> SafetensorsError {
        SafetensorsError(path: path, tensor: name, reason: reason)
      }
      guard name.utf8.count <= TensorClaims.longestName else {
        throw SafetensorsError(
          path: path, reason: "holds a name of more than \(TensorClaims.longestName) bytes")
      }
      guard let type = DataType(safetensorsName: entry.type) else {
        throw damaged("unknown type '\(entry.type)'")
      }
      guard entry.offsets.count == 2, entry.offsets[0] == end, entry.offsets[1] >= end else {
        throw damaged("offsets \(entry.offsets) leave a hole or overlap")
      }
      guard entry.shape.count <= maximumRank else { throw damaged("\(entry.shape.count) dimensions") }
      guard let size = size(of: entry.shape, type) else { throw damaged("impossible shape \(entry.shape)") }
      guard size == entry.offsets[1] - end else {
        throw damaged("\(entry.offsets[1] - end) bytes for shape \(entry.shape) of \(entry.type)")
      }
      end = entry.offsets[1]
      guard end <= dataCount else {
        throw damaged("the file is cut short: \(dataCount) bytes of data, \(end) needed")
      }
      result[name] = (type, entry.shape, entry.offsets[0]..<end)
    }
    guard end == dataCount else {
      throw SafetensorsError(path: path, reason: "\(dataCount - end) bytes behind the last tensor")
    }
    return result
  }

  /// What libtorch's loops over elements can do.
  private static let maximumRank = 64

  /// The bytes of a tensor; nil where a size is negative or absurd, or where sizes or strides would overflow, which a size
  /// of 0 elsewhere in the shape does not prevent.
  private static func size(of shape: [Int], _ type: DataType) -> Int? {
    var extent = type.size
    for dimension in shape {
      let (product, overflow) = extent.multipliedReportingOverflow(by: max(dimension, 1))
      guard 0...TensorClaims.largestSize ~= dimension, !overflow else { return nil }
      extent = product
    }
    return shape.contains(0) ? 0 : extent
  }

  package func contains(_ name: String) -> Bool { entries[name] != nil }

  package func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// A copy of the tensor, on the processor.
  package func tensor(_ name: String) throws -> Tensor {
    guard let entry = entries[name] else {
      throw SafetensorsError(path: path, tensor: name, reason: "is not in the file")
    }
    return file.withBytes { bytes in
      let range = entry.bytes.lowerBound + dataStart..<entry.bytes.upperBound + dataStart
      return Tensor(
        bytes: UnsafeRawBufferPointer(rebasing: bytes[range]), shape: entry.shape, type: entry.type)
    }
  }

  /// Writes the tensors, those of the widest types first and then by name: the same tensors give the same bytes, and
  /// every element lies at a multiple of its size, without which other readers refuse the file.
  package static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to path: FilePath
  ) throws(FileError) {
    var checksum = Checksum()
    try write(tensors, metadata: metadata, to: path, checksum: &checksum)
  }

  /// - Parameter checksum: takes in every byte of the file.
  package static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to path: FilePath,
    checksum: inout Checksum
  ) throws(FileError) {
    var header = SafetensorsHeader()
    header.metadata = metadata
    let ordered = tensors.sorted { ($1.value.type.size, $0.key) < ($0.value.type.size, $1.key) }
    var end = 0
    for (name, tensor) in ordered {
      let size = tensor.count * tensor.type.size
      header.entries[name] = .init(
        type: tensor.type.safetensorsName, shape: tensor.shape, offsets: [end, end + size])
      end += size
    }
    var json = JSONText.encode(header)
    json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)  // aligns the data
    let file = try AtomicFile(path)
    let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { [UInt8]($0) }
    checksum.add(length)
    checksum.add(json)
    try file.write(length + json)
    for (_, tensor) in ordered {
      let bytes = tensor.bytes
      checksum.add(bytes)
      try file.write(bytes)
    }
    try file.commit()
  }
}

private func < (left: ([Int], String), right: ([Int], String)) -> Bool {
  left.0 == right.0 ? left.1 < right.1 : left.0.lexicographicallyPrecedes(right.0)
}
