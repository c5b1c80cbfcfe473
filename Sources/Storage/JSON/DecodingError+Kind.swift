extension DecodingError {
  /// What a decoder wanted, in words for people who know JSON and no Swift: `an object`, `a whole number`.
  package static func kind(of type: Any.Type) -> String {
    switch type {
    case is [String: Any].Type: "an object"
    case is [Any].Type: "an array"
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    default: "another kind of value"
    }
  }
}

extension JSONNode {
  /// What is at the end of the way to a field; nil where it leads nowhere.
  func value(at path: [any CodingKey]) -> JSONNode? {
    var node = self
    for key in path {
      let next: JSONNode? =
        if case .list(let elements) = node {
          key.intValue.flatMap { elements.indices.contains($0) ? elements[$0] : nil }
        } else { node[key.stringValue] }
      guard let next else { return nil }
      node = next
    }
    return node
  }
}
