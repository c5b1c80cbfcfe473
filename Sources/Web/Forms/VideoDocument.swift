import Serving
import Storage

/// Makes questions of a JSON document: `{"title": …}`, or `{"videos": [{"title": …}, …]}`.
enum VideoDocument {
  static func questions(_ node: JSONNode, mostVideos: Int) throws(Refusal) -> [VideoQuestion] {
    guard let list = node["videos"] else { return [try question(node, "", 0)] }
    guard case .members(let names, _) = node, names.count == 1 else {
      throw Refusal(.invalid, "beside \"videos\" there is nothing else")
    }
    guard case .list(let entries) = list else {
      throw Refusal(.invalid, "videos: is \(list.kind), expected an array")
    }
    guard 1...mostVideos ~= entries.count else {
      throw Refusal(.invalid, "videos: has \(entries.count) entries, expected 1 to \(mostVideos)")
    }
    var questions: [VideoQuestion] = []
    for (place, entry) in entries.enumerated() {
      questions.append(try question(entry, "videos[\(place)]", place))
    }
    return questions
  }

  private static func question(
    _ node: JSONNode, _ path: String, _ place: Int
  ) throws(Refusal) -> VideoQuestion {
    guard case .members(let names, let values) = node else {
      throw Refusal(.invalid, "\(path.isEmpty ? "the document" : path): is \(node.kind), expected an object")
    }
    var question = VideoQuestion(id: "video-\(place)")
    for (name, value) in zip(names, values) {
      let label = path.isEmpty ? name : "\(path).\(name)"
      switch name {
      case "title": question.title = try text(value, label)
      case "speech": question.speech = try text(value, label)
      case "on_screen_text": question.onScreenText = try texts(value, label)
      case "id": question.id = try QuestionID.checked(try text(value, label), label)
      case "video":
        throw Refusal(.invalid, "\(label): JSON holds texts alone; a file is sent as multipart/form-data")
      default:
        throw Refusal(.invalid, "\(quoted(label)): is none of title, speech, on_screen_text, id")
      }
    }
    guard !names.isEmpty else {
      throw Refusal(.invalid, "\(path.isEmpty ? "the document" : path): holds no text")
    }
    return question
  }

  private static func text(_ node: JSONNode, _ label: String) throws(Refusal) -> String {
    guard case .text(let text) = node else {
      throw Refusal(.invalid, "\(label): is \(node.kind), expected a string")
    }
    guard text.utf8.count <= VideoForm.textBytes else {
      throw Refusal(.tooLarge, "\(label): a text has at most \(VideoForm.textBytes) bytes")
    }
    return text
  }

  /// One text, or several.
  private static func texts(_ node: JSONNode, _ label: String) throws(Refusal) -> [String] {
    guard case .list(let elements) = node else { return [try text(node, label)] }
    guard elements.count <= VideoForm.onScreenTexts else {
      throw Refusal(.invalid, "\(label): there are more than \(VideoForm.onScreenTexts)")
    }
    var texts: [String] = []
    for (place, element) in elements.enumerated() { texts.append(try text(element, "\(label)[\(place)]")) }
    return texts
  }
}
