import Storage

/// A line of a file of pseudo-labels: what a video is taken for by those that a fold may learn from.
package struct PseudoLabel: Codable, Sendable, Equatable {
  package let id: String
  /// The fold that may learn from it; nil for the model of all videos.
  package let fold: Int?
  /// Of the categories that have any; they add up to 1.
  package let probabilities: [String: Float]
  /// How much it counts beside a labelled video.
  package let weight: Float

  package init(id: String, fold: Int?, probabilities: [String: Float], weight: Float) {
    self.id = id
    self.fold = fold
    self.probabilities = probabilities
    self.weight = weight
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id, fold, probabilities, weight
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func damaged(_ key: CodingKeys, _ reason: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
    }
    try decoder.requireKeys(of: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    fold = try container.decodeIfPresent(Int.self, forKey: .fold)
    probabilities = try container.decode([String: Float].self, forKey: .probabilities)
    weight = try container.decode(Float.self, forKey: .weight)
    guard probabilities.values.allSatisfy({ 0...1 ~= $0 }), abs(probabilities.values.reduce(0, +) - 1) < 1e-3
    else { throw damaged(.probabilities, "are not from 0 to 1, or do not add up to 1") }
    guard 1e-6...1e6 ~= weight else { throw damaged(.weight, "is \(weight), must be from 1e-6 to 1e6") }
  }
}

/// A line of such a file, whichever it is.
enum PseudoLabelLine: Decodable {
  case header(PseudoLabelHeader)
  case label(PseudoLabel)

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: PseudoLabelHeader.CodingKeys.self)
    guard container.contains(.format) else {
      self = .label(try PseudoLabel(from: decoder))
      return
    }
    let header = try PseudoLabelHeader(from: decoder)
    try header.requireEveryKey(of: try DocumentKeys(from: decoder))
    self = .header(header)
  }
}

extension Decoder {
  /// Refuses what `requireEveryKey` refuses, of an object without others in it, and for less: there may be millions.
  fileprivate func requireKeys<Key: CodingKey & CaseIterable>(of type: Key.Type) throws {
    let known = Set(Key.allCases.map(\.stringValue))
    let container = try container(keyedBy: AnyKey.self)
    guard let unknown = container.allKeys.first(where: { !known.contains($0.stringValue) }) else { return }
    throw DecodingError.dataCorruptedError(
      forKey: unknown, in: container, debugDescription: "is no setting that is known here")
  }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
