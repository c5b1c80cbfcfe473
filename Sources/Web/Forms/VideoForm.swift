import Serving
import Storage

/// Makes questions of the parts of a form.
///
/// The parts are called `video`, `title`, `speech`, `on_screen_text` (as often as there are texts) and `id`; of several
/// videos `video[0]`, `title[0]`, `video[1]` and so on, in any order.
struct VideoForm {
  private enum Field: String, CaseIterable {
    case video, title, speech, id
    case onScreenText = "on_screen_text"
  }

  /// Bytes of one text.
  static let textBytes = 1 << 20
  /// Bytes of all texts of a request, which are in memory.
  static let allTextBytes = 2 << 20
  /// Texts of one video that are on the screen.
  static let onScreenTexts = 4096

  private let spool: Spool
  private let mostVideos: Int
  private var questions: [Int: VideoQuestion] = [:]
  /// What the videos have had so far, but for texts on the screen.
  private var seen: [Int: Set<Field>] = [:]
  private var current: (field: Field, place: Int, label: String)?
  private var text: [UInt8] = []
  private var allText = 0
  private var file: SpooledVideo?

  /// - Parameter spool: has the uploads.
  init(spool: Spool, mostVideos: Int) {
    self.spool = spool
    self.mostVideos = mostVideos
  }

  /// Videos that it has named so far.
  var count: Int { questions.count }
  /// Of these, those that have a file, or the beginning of one.
  private(set) var files = 0

  /// - Throws: `Refusal`, `FileError`
  mutating func take(_ event: MultipartParser.Event) throws {
    switch event {
    case .part(let part): try begin(part)
    case .bytes(let bytes):
      if let file {
        try file.append(bytes)
      } else {
        text += bytes
        allText += bytes.count
        guard allText <= Self.allTextBytes else {
          throw Refusal(.tooLarge, "all texts together have at most \(Self.allTextBytes) bytes")
        }
        guard text.count <= Self.textBytes else {
          throw Refusal(.tooLarge, "\(current?.label ?? ""): a text has at most \(Self.textBytes) bytes")
        }
      }
    case .partEnd: try end()
    }
  }

  private mutating func begin(_ part: MultipartParser.Part) throws {
    let (field, place) = try Self.field(part.name)
    let label = quoted(part.name)
    guard place < mostVideos else {
      throw Refusal(.invalid, "\(label): a request has at most \(mostVideos) videos, numbered from 0")
    }
    var question = questions[place] ?? VideoQuestion(id: "video-\(place)")
    if field == .onScreenText {
      guard question.onScreenText.count < Self.onScreenTexts else {
        throw Refusal(.invalid, "\(label): there are more than \(Self.onScreenTexts)")
      }
    } else {
      guard seen[place, default: []].insert(field).inserted else {
        throw Refusal(.invalid, "\(label): stands twice")
      }
    }
    text = []
    file = field == .video ? try SpooledVideo(in: spool) : nil
    if let file {
      question.upload = file
      files += 1
    }
    questions[place] = question
    current = (field, place, label)
  }

  private mutating func end() throws {
    guard let (field, place, label) = current else { preconditionFailure("a part ends that did not begin") }
    (current, file) = (nil, nil)
    guard field != .video else { return }
    guard let text = String(validating: text, as: UTF8.self) else {
      throw Refusal(.invalid, "\(label): is not UTF-8")
    }
    switch field {
    case .title: questions[place]?.title = text
    case .speech: questions[place]?.speech = text
    case .onScreenText: questions[place]?.onScreenText.append(text)
    case .id: questions[place]?.id = try QuestionID.checked(text, label)
    case .video: break
    }
  }

  /// `title`, or `title[3]`.
  private static func field(_ name: String) throws(Refusal) -> (Field, Int) {
    let base = name.prefix { $0 != "[" }
    guard let field = Field(rawValue: String(base)) else {
      let known = Field.allCases.map(\.rawValue).joined(separator: ", ")
      throw Refusal(.invalid, "\(quoted(name)): is none of \(known)")
    }
    if base.endIndex == name.endIndex { return (field, 0) }
    let number = name[base.endIndex...].dropFirst().dropLast()
    guard name.last == "]", 1...6 ~= number.utf8.count, number.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
      let place = Int(number)
    else { throw Refusal(.invalid, "\(quoted(name)): is not numbered as \(base)[0] is") }
    return (field, place)
  }

  /// All of them, in the order of their numbers.
  func finished() throws(Refusal) -> [VideoQuestion] {
    let all = questions.sorted { $0.key < $1.key }
    guard !all.isEmpty else { throw Refusal(.invalid, "the form holds neither a video nor a text") }
    for (place, (number, _)) in all.enumerated() where place != number {
      throw Refusal(.invalid, "there is a video [\(number)], but none [\(place)]")
    }
    return all.map(\.value)
  }
}

/// What may be the id of a video in a question: whatever its sender knows it by.
enum QuestionID {
  static let scalars = 1...200

  static func checked(_ id: String, _ label: String) throws(Refusal) -> String {
    guard scalars ~= id.unicodeScalars.count else {
      throw Refusal(
        .invalid, "\(label): has \(id.unicodeScalars.count) characters, expected 1 to \(scalars.upperBound)")
    }
    return id
  }
}
