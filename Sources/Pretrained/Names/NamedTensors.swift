import NN
import Storage
import SystemPackage
import Torch

/// A published file under the names that the model has for its tensors. What the table has no row for keeps its own name,
/// so that whoever reads the file finds it left over.
final class NamedTensors: TensorFile {
  private let file: any TensorFile
  private let table: PublishedNames
  private let prefix: String
  let names: [String]
  /// Names that do not begin with the prefix.
  let elsewhere: [String]

  /// - Parameter prefix: what the file's names begin with; what begins otherwise belongs to another part of the published
  ///   model, such as its head.
  init(_ file: any TensorFile, _ table: PublishedNames, under prefix: String) {
    (self.file, self.table, self.prefix) = (file, table, prefix)
    let readers = table.readers
    var names: Set<String> = []
    for name in file.names where name.hasPrefix(prefix) {
      let own = String(name.dropFirst(prefix.count))
      names.formUnion(Self.readers(of: own, readers) ?? [own])
    }
    self.names = names.sorted()
    elsewhere = file.names.filter { !$0.hasPrefix(prefix) }
  }

  private static func readers(of name: String, _ readers: [String: [String]]) -> [String]? {
    if let found = readers[name] { return found }
    var end = name.endIndex
    while let dot = name[..<end].lastIndex(of: ".") {
      if let found = readers[String(name[...dot])] {
        return found.map { $0 + name[name.index(after: dot)...] }
      }
      end = dot
    }
    return nil
  }

  /// What stands beside the part that is read may have been computed of what comes behind it, unless it is known.
  /// - Parameter known: heads, projections, other towers, as `NamePatterns`.
  /// - Throws: `PublishedError` naming the first tensor that is none of these.
  func requireNeighbours(_ known: [String], of model: String) throws(PublishedError) {
    let known = NamePatterns(patterns: known)
    guard let stranger = elsewhere.first(where: { !known.contains($0) }) else { return }
    throw PublishedError(path: path, reason: "'\(stranger)' belongs to no part of a \(model) that is known")
  }

  /// Another file whose names are those of this one behind a prefix of its own.
  func reading(_ other: any TensorFile, under prefix: String) -> NamedTensors {
    NamedTensors(other, table, under: prefix + self.prefix)
  }

  var path: FilePath { file.path }

  func spelling(of name: String) -> String {
    guard let stored = table.stored(name)?.below(prefix) else { return prefix + name }
    let missing = stored.names.filter { file.shape(of: $0) == nil }
    return (missing.isEmpty ? stored.names : missing).joined(separator: "' and '")
  }

  func shape(of name: String) -> [Int]? {
    guard let stored = table.stored(name) else { return file.shape(of: prefix + name) }
    var shapes: [[Int]] = []
    for name in stored.names {
      guard let shape = file.shape(of: prefix + name) else { return nil }
      shapes.append(shape)
    }
    return stored.shape(from: shapes)
  }

  func tensor(_ name: String) throws -> Tensor {
    guard let stored = table.stored(name) else { return try file.tensor(prefix + name) }
    return stored.read(as: shape(of: name) ?? [], try stored.names.map { try file.weight(prefix + $0) })
  }
}

extension PublishedTensor {
  /// The model's shape by those of what is stored; one that no layer has where they do not go together.
  fileprivate func shape(from stored: [[Int]]) -> [Int] {
    let first = stored[0]
    switch self {
    case .named: return first
    case .leading(_, let dimensions, let own):
      return first.count == dimensions ? Self.leading(first, to: own) : first
    case .joined:
      guard stored.allSatisfy({ $0 == first }), let rows = first.first else { return [] }
      return [rows * stored.count] + first.dropFirst()
    case .parts(let parts, let count, _):
      guard let rows = first.first, rows.isMultiple(of: count) else { return first }
      return [rows / count * parts.count] + first.dropFirst()
    case .placed:
      return stored[1].count == 3 && stored[1][1] > 1 && stored[1].last == first.last ? first : []
    case .rest:
      return first.count == 3 && first[1] > 1 ? [first[0], first[1] - 1, first[2]] : first
    }
  }

  fileprivate func read(as shape: [Int], _ stored: [Tensor]) -> Tensor {
    let first = stored[0]
    switch self {
    case .named: return first
    case .leading: return first.reshaped(shape)
    case .joined: return .concatenated(stored.map { $0.to(.float32) })
    case .parts(let parts, _, _):
      let rows = shape[0] / parts.count
      return first.narrowed(0, parts.lowerBound * rows..<parts.upperBound * rows)
    case .placed:
      return withoutGradients { first.to(.float32) + stored[1].narrowed(1, 0..<1).to(.float32) }
    case .rest: return first.narrowed(1, 1..<first.size(1))
    }
  }

  /// The same shape with ones before it, or fewer of them.
  static func leading(_ shape: [Int], to dimensions: Int) -> [Int] {
    let own = Array(shape.drop { $0 == 1 })
    return [Int](repeating: 1, count: max(0, dimensions - own.count)) + own
  }
}
