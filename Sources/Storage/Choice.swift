/// A setting that is one of a few names.
package protocol Choice: RawRepresentable<String>, CaseIterable, Codable, Sendable {}

extension Choice {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let choice = Self(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "is '\(name)', must be \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self = choice
  }
}
