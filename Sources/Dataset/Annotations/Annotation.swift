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

extension Annotation: Encodable {
  enum CodingKeys: String, CodingKey {
    case id, title
    case speech = "asr"
    case onScreenText = "ocr"
    case category = "category_id"
  }
}

extension OnScreenText: Encodable {
  enum CodingKeys: String, CodingKey {
    case time, text
  }
}
