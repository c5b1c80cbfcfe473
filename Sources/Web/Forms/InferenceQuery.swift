import Serving
import Storage

/// What is asked by the Open Inference Protocol: tensors of texts, of the same number of videos each.
struct InferenceQuery: Sendable {
  /// Given back with the answer.
  let id: String?
  let questions: [VideoQuestion]
  /// Names of what is to be told.
  let outputs: [String]

  /// - Throws: `Refusal`
  init(_ node: JSONNode, mostVideos: Int) throws(Refusal) {
    guard case .members = node else {
      throw Refusal(.invalid, "the document: is \(node.kind), expected an object")
    }
    switch node["id"] {
    case nil: id = nil
    case .text(let text)?: id = text
    case let other?: throw Refusal(.invalid, "id: is \(other.kind), expected a string")
    }
    guard case .list(let inputs)? = node["inputs"], !inputs.isEmpty else {
      throw Refusal(.invalid, "inputs: is no array of tensors")
    }
    var columns: [String: [String]] = [:]
    for (place, input) in inputs.enumerated() {
      let (name, texts) = try Self.column(input, "inputs[\(place)]", mostVideos)
      guard columns.updateValue(texts, forKey: name) == nil else {
        throw Refusal(.invalid, "inputs[\(place)]: \(name) stands twice")
      }
    }
    let counts = Set(columns.values.map(\.count))
    guard counts.count == 1, let count = counts.first else {
      throw Refusal(.invalid, "inputs: are of different numbers of videos")
    }
    questions = (0..<count).map { place in
      var question = VideoQuestion(id: "video-\(place)")
      question.title = columns["title"]?[place] ?? ""
      question.speech = columns["speech"]?[place] ?? ""
      question.onScreenText = columns["on_screen_text"].map { [$0[place]] } ?? []
      return question
    }
    outputs = try Self.outputs(node["outputs"])
  }

  private static func outputs(_ node: JSONNode?) throws(Refusal) -> [String] {
    guard let node else { return InferenceProtocol.outputs }
    guard case .list(let list) = node else {
      throw Refusal(.invalid, "outputs: is \(node.kind), expected an array")
    }
    var names: [String] = []
    for (place, entry) in list.enumerated() {
      guard case .text(let name)? = entry["name"], InferenceProtocol.outputs.contains(name),
        !names.contains(name)
      else {
        throw Refusal(
          .invalid,
          "outputs[\(place)].name: is none of \(InferenceProtocol.outputs.joined(separator: ", ")), or stands twice"
        )
      }
      names.append(name)
    }
    return names.isEmpty ? InferenceProtocol.outputs : names
  }

  /// A tensor `[videos]` or `[videos, 1]` of texts.
  private static func column(
    _ node: JSONNode, _ path: String, _ mostVideos: Int
  ) throws(Refusal) -> (name: String, texts: [String]) {
    guard case .text(let name)? = node["name"], InferenceProtocol.inputs.contains(name) else {
      throw Refusal(
        .invalid, "\(path).name: is none of \(InferenceProtocol.inputs.joined(separator: ", "))")
    }
    guard node["datatype"] == .text("BYTES") else {
      throw Refusal(.invalid, "\(path).datatype: is not BYTES")
    }
    guard case .list(let sizes)? = node["shape"], 1...2 ~= sizes.count,
      case .number(let digits) = sizes[0], let count = Int(digits),
      sizes.count == 1 || sizes[1] == .number("1")
    else { throw Refusal(.invalid, "\(path).shape: is not [n] or [n, 1]") }
    guard 1...mostVideos ~= count else {
      throw Refusal(.invalid, "\(path).shape: a request has 1 to \(mostVideos) videos")
    }
    guard case .list(let values)? = node["data"], values.count == count else {
      throw Refusal(.invalid, "\(path).data: is no array of as many texts as shape says")
    }
    var texts: [String] = []
    for (place, value) in values.enumerated() {
      let element: JSONNode = if case .list(let inner) = value, inner.count == 1 { inner[0] } else { value }
      guard case .text(let text) = element else {
        throw Refusal(.invalid, "\(path).data[\(place)]: is no string")
      }
      guard text.utf8.count <= VideoForm.textBytes else {
        throw Refusal(.tooLarge, "\(path).data[\(place)]: a text has at most \(VideoForm.textBytes) bytes")
      }
      texts.append(text)
    }
    return (name, texts)
  }
}
