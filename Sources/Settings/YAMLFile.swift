import Storage
package import SystemPackage
package import Yams

/// A file with one YAML document.
package enum YAMLFile {
  /// - Returns: nil for an empty file.
  /// - Throws: `FileError`, `ConfigurationError` naming the file.
  package static func read(_ path: FilePath) throws -> Node? {
    let bytes = try Files.read(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(path.string, "is not UTF-8")
    }
    do {
      let node = try Yams.compose(yaml: text)
      return node == Node("") ? nil : node
    } catch {
      throw ConfigurationError(
        path.string, "is not YAML: \(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
    }
  }
}

extension Node {
  /// What a value is in YAML, its numbers as people write them: 0.1 rather than the encoder's 1e-1.
  init(encoding value: some Encodable) throws {
    guard let node = try Yams.compose(yaml: YAMLEncoder().encode(value)) else {
      preconditionFailure("settings are not empty")
    }
    self = node.withPlainNumbers
  }

  private var withPlainNumbers: Node {
    switch self {
    case .mapping(let mapping):
      Node(mapping.map { ($0.key, $0.value.withPlainNumbers) }, mapping.tag, mapping.style)
    case .sequence(let sequence): Node(sequence.map(\.withPlainNumbers), sequence.tag, sequence.style)
    case .scalar where tag == Tag(.float) && float?.isFinite == true:
      Node(float.map(Self.text) ?? "", tag)
    case .scalar, .alias: self
    }
  }

  /// Whether both say the same, however their numbers are written.
  func says(theSameAs other: Node) -> Bool {
    if let ours = sequence, let others = other.sequence {
      return ours.count == others.count && zip(ours, others).allSatisfy { $0.says(theSameAs: $1) }
    }
    guard scalar != nil, other.scalar != nil, let ours = float, let others = other.float else {
      return self == other
    }
    return ours == others
  }

  /// The shortest number that is read back as it was, with the point by which all readers of YAML know a number with an exponent.
  private static func text(of number: Double) -> String {
    let text = "\(number)"
    guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
    return "\(text[..<exponent]).0\(text[exponent...])"
  }
}
