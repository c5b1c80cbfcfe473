import Storage

/// What is known of one video besides its pictures; one entry of the annotation file.
package struct Annotation: Sendable, Equatable, Identifiable {
  package var id: String
  package var title: String
  /// What is said in the video, as a speech recogniser heard it.
  package var speech: String
  package var onScreenText: [OnScreenText]
  /// Four digits, the first two being level 1; absent in test and unlabelled sets.
  package var category: String?

  package init(
    id: String, title: String = "", speech: String = "", onScreenText: [OnScreenText] = [],
    category: String? = nil
  ) {
    self.id = id
    self.title = title
    self.speech = speech
    self.onScreenText = onScreenText
    self.category = category
  }
}

/// Text read off a frame.
package struct OnScreenText: Sendable, Equatable {
  /// Seconds from the start.
  package var time: Double
  package var text: String

  package init(time: Double, text: String) {
    self.time = time
    self.text = text
  }
}

extension Annotation: Codable {
  enum CodingKeys: String, CodingKey {
    case id, title
    case speech = "asr"
    case onScreenText = "ocr"
    case category = "category_id"
  }

  /// Text may be missing or null, on-screen text also a plain string (the challenge writes `""` for none),
  /// and an id may be an integer. Everything else must have its type.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try Self.id(in: container)
    title = try container.decodeIfPresent(String.self, forKey: .title) ?? ""
    speech = try container.decodeIfPresent(String.self, forKey: .speech) ?? ""
    onScreenText = try Self.onScreenText(in: container)
    category = try Self.category(in: container)
  }

  private static func id(in container: KeyedDecodingContainer<CodingKeys>) throws -> String {
    let id: String
    if let text = try? container.decode(String.self, forKey: .id) {
      id = text
    } else if let number = try? container.decode(Int64.self, forKey: .id) {
      id = String(number)
    } else if let number = try? container.decode(UInt64.self, forKey: .id) {
      id = String(number)
    } else if (try? container.decode(Double.self, forKey: .id)) != nil {
      throw problem(.id, in: container, "is a number that is not exact; write it as a string")
    } else {
      id = try container.decode(String.self, forKey: .id)
    }
    if let problem = VideoID.problem(with: id) { throw Self.problem(.id, in: container, problem) }
    return id
  }

  /// Arrays first: they are the rule, and a failed attempt costs an error.
  private static func onScreenText(in container: KeyedDecodingContainer<CodingKeys>) throws -> [OnScreenText]
  {
    do { return try container.decodeIfPresent([OnScreenText].self, forKey: .onScreenText) ?? [] } catch {
      guard let text = try? container.decode(String.self, forKey: .onScreenText) else { throw error }
      return text.isEmpty ? [] : [OnScreenText(time: 0, text: text)]
    }
  }

  /// A number is refused rather than padded: 203 may have been "0203" or a typing error.
  private static func category(in container: KeyedDecodingContainer<CodingKeys>) throws -> String? {
    let category: String?
    do { category = try container.decodeIfPresent(String.self, forKey: .category) } catch {
      guard (try? container.decode(Double.self, forKey: .category)) != nil else { throw error }
      throw problem(
        .category, in: container,
        "is a number, which loses leading zeros; write it as a string of four digits such as \"0203\"")
    }
    guard let category else { return nil }
    guard CategoryID.isWellFormed(category) else {
      throw problem(.category, in: container, "is \(quoted(category)), expected four digits")
    }
    return category
  }

  private static func problem(
    _ key: CodingKeys, in container: KeyedDecodingContainer<CodingKeys>, _ text: String
  ) -> DecodingError {
    .dataCorruptedError(forKey: key, in: container, debugDescription: text)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(title, forKey: .title)
    try container.encode(speech, forKey: .speech)
    try container.encode(onScreenText, forKey: .onScreenText)
    try container.encodeIfPresent(category, forKey: .category)
  }
}

extension OnScreenText: Codable {
  enum CodingKeys: String, CodingKey {
    case time, text
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    time = try container.decodeIfPresent(Double.self, forKey: .time) ?? 0
    text = try container.decodeIfPresent(String.self, forKey: .text) ?? ""
  }
}
