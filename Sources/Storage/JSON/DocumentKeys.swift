import Foundation

/// The keys of a document, whatever its format: what a decoder passes over in silence is found by comparing the keys
/// of a file with those of the value that was read from it.
package indirect enum DocumentKeys: Decodable, Sendable, Equatable {
  case members([String: DocumentKeys])
  case list([DocumentKeys])
  case value
  /// An explicit null, which says no more than a key that is not there.
  case nothing

  package init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Key.self) {
      self = .members(
        try Dictionary(
          uniqueKeysWithValues: container.allKeys.map {
            ($0.stringValue, try container.decode(DocumentKeys.self, forKey: $0))
          }))
    } else if var list = try? decoder.unkeyedContainer() {
      var elements: [DocumentKeys] = []
      while !list.isAtEnd { elements.append(try list.decode(DocumentKeys.self)) }
      self = .list(elements)
    } else {
      self = (try? decoder.singleValueContainer().decodeNil()) == true ? .nothing : .value
    }
  }

  /// The way to the first key, in the order of their names, that `known` lacks; nil where it has all of them.
  package func firstUnknown(besides known: DocumentKeys) -> [any CodingKey]? {
    switch (self, known) {
    case (.members(let given), .members(let known)):
      for (name, keys) in given.sorted(by: { $0.key < $1.key }) where keys != .nothing {
        guard let own = known[name] else { return [Key(name)] }
        if let rest = keys.firstUnknown(besides: own) { return [Key(name)] + rest }
      }
    case (.list(let given), .list(let known)):
      for (number, (keys, own)) in zip(given, known).enumerated() {
        if let rest = keys.firstUnknown(besides: own) { return [Key(intValue: number)] + rest }
      }
    default: break
    }
    return nil
  }

  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) { (stringValue, intValue) = (name, nil) }
    init(stringValue: String) { self.init(stringValue) }
    init(intValue: Int) { (stringValue, self.intValue) = (String(intValue), intValue) }
  }
}

extension Encodable {
  /// A decoder ignores keys that it does not know; one that changes a computation must not be.
  /// - Parameter given: the keys of the document that the value was read from.
  /// - Throws: `DecodingError` at the first key that the value does not have.
  package func requireEveryKey(of given: DocumentKeys) throws {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let known = try JSONDecoder().decode(DocumentKeys.self, from: encoder.encode(self))
    guard let path = given.firstUnknown(besides: known) else { return }
    throw DecodingError.dataCorrupted(
      .init(codingPath: path, debugDescription: "is no setting that is known here"))
  }
}
