/// A header's value with parameters: `form-data; name="title"`.
struct HeaderValue: Equatable {
  /// In lower case.
  let value: String
  /// By their names in lower case.
  let parameters: [String: String]

  /// Nil for what is not well-formed, and where a parameter stands twice.
  init?(_ text: String) {
    var rest = Substring(text)
    let first = rest.prefix { $0 != ";" }
    rest = rest.dropFirst(first.count)
    value = String(first).trimmed.lowercased()
    guard !value.isEmpty else { return nil }
    var parameters: [String: String] = [:]
    while !rest.isEmpty {
      rest = rest.dropFirst().drop(while: Self.isSpace)
      if rest.isEmpty { break }
      let name = rest.prefix { $0 != "=" && $0 != ";" }
      rest = rest.dropFirst(name.count)
      guard rest.popFirst() == "=", let value = Self.takeValue(&rest),
        parameters.updateValue(value, forKey: String(name).trimmed.lowercased()) == nil
      else { return nil }
      rest = rest.drop(while: Self.isSpace)
      guard rest.isEmpty || rest.first == ";" else { return nil }
    }
    self.parameters = parameters
  }

  private static func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }

  /// A word, or a text in quotation marks, in which a backslash takes the next character as it is.
  private static func takeValue(_ rest: inout Substring) -> String? {
    guard rest.first == "\"" else {
      let word = rest.prefix { $0 != ";" && !isSpace($0) }
      rest = rest.dropFirst(word.count)
      return word.isEmpty || word.contains("\"") ? nil : String(word)
    }
    rest.removeFirst()
    var value = ""
    while let next = rest.popFirst() {
      switch next {
      case "\"": return value
      case "\\":
        guard let escaped = rest.popFirst() else { return nil }
        value.append(escaped)
      default: value.append(next)
      }
    }
    return nil
  }
}

extension String {
  /// Without spaces around it.
  var trimmed: String {
    let start = drop { $0 == " " || $0 == "\t" }
    return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
