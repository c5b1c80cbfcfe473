import Storage

/// Why an entry is no annotation.
struct EntryProblem: Error, Equatable {
  /// `ocr[2].text`; nil where it is the entry as a whole.
  var field: String?
  var problem: String

  init(_ field: String?, _ problem: String) { (self.field, self.problem) = (field, problem) }

  init(_ field: String?, _ found: JSONNode, expected: String) {
    self.init(field, "has the wrong type: \(found.kind), expected \(expected)")
  }
}

extension Annotation {
  /// Text may be missing or null, on-screen text also a plain string (the challenge writes `""` for none),
  /// and an id may be an integer. Everything else must have its type.
  /// - Parameter unknown: gets the keys that mean nothing here.
  init(_ entry: JSONNode, unknown: (String) -> Void) throws(EntryProblem) {
    guard case .members(let names, let values) = entry else {
      throw EntryProblem(nil, entry, expected: "an object")
    }
    var id: String?
    self.init(id: "")
    for (name, value) in zip(names, values) {
      switch CodingKeys(stringValue: name) {
      case .id: id = try Self.id(value)
      case .title: title = try value.text(of: name)
      case .speech: speech = try value.text(of: name)
      case .onScreenText: onScreenText = try Self.onScreenText(value, unknown: unknown)
      case .category: category = try Self.category(value)
      case nil: unknown(name)
      }
    }
    guard let id else { throw EntryProblem("id", "is missing") }
    self.id = id
  }

  private static func id(_ value: JSONNode) throws(EntryProblem) -> String {
    let id: String
    switch value {
    case .text(let text): id = text
    case .number(let digits):
      guard Int64(digits) != nil || UInt64(digits) != nil else {
        throw EntryProblem("id", "is a number that is not exact; write it as a string")
      }
      id = digits
    case .null: throw EntryProblem("id", "is null")
    default: throw EntryProblem("id", value, expected: "a string")
    }
    if let problem = VideoID.problem(with: id) { throw EntryProblem("id", problem) }
    return id
  }

  private static func onScreenText(
    _ value: JSONNode, unknown: (String) -> Void
  ) throws(EntryProblem) -> [OnScreenText] {
    switch value {
    case .null: return []
    case .text(let text): return text.isEmpty ? [] : [OnScreenText(time: 0, text: text)]
    case .list(let elements):
      var texts: [OnScreenText] = []
      texts.reserveCapacity(elements.count)
      for (number, element) in elements.enumerated() {
        texts.append(try OnScreenText(element, field: "ocr[\(number)]", unknown: unknown))
      }
      return texts
    default: throw EntryProblem("ocr", value, expected: "an array")
    }
  }

  /// A number is refused rather than padded: 203 may have been "0203" or a typing error.
  private static func category(_ value: JSONNode) throws(EntryProblem) -> String? {
    switch value {
    case .null: return nil
    case .text(let category):
      guard CategoryID.isWellFormed(category) else {
        throw EntryProblem("category_id", "is \(quoted(category)), expected four digits")
      }
      return category
    case .number:
      throw EntryProblem(
        "category_id",
        "is a number, which loses leading zeros; write it as a string of four digits such as \"0203\"")
    default: throw EntryProblem("category_id", value, expected: "a string")
    }
  }
}

extension OnScreenText {
  fileprivate init(
    _ element: JSONNode, field: String, unknown: (String) -> Void
  ) throws(EntryProblem) {
    guard case .members(let names, let values) = element else {
      throw EntryProblem(field, element, expected: "an object")
    }
    self.init(time: 0, text: "")
    for (name, value) in zip(names, values) {
      switch CodingKeys(stringValue: name) {
      case .text: text = try value.text(of: "\(field).text")
      case .time:
        switch value {
        case .null: break
        case .number(let digits): time = Double(digits) ?? 0
        default: throw EntryProblem("\(field).time", value, expected: "a number")
        }
      case nil: unknown("ocr[].\(name)")
      }
    }
  }
}

extension JSONNode {
  /// Null is no text.
  fileprivate func text(of field: @autoclosure () -> String) throws(EntryProblem) -> String {
    switch self {
    case .text(let text): return text
    case .null: return ""
    default: throw EntryProblem(field(), self, expected: "a string")
    }
  }
}
