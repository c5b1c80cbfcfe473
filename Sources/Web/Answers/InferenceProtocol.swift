import Dataset
import Hummingbird
import Serving
import Storage

/// The Open Inference Protocol (KServe v2) over JSON: texts in, categories out.
struct InferenceProtocol: Sendable {
  static let inputs = ["title", "speech", "on_screen_text"]
  static let outputs = ["category_id", "probability", "probabilities"]

  private let service: ClassificationService

  init(_ service: ClassificationService) { self.service = service }

  struct Server: Encodable {
    let name = "framewise"
    let version: String
    let extensions: [String] = []
  }

  var server: Server { Server(version: service.settings.program) }

  struct Tensor: Encodable {
    let name: String
    let datatype: String
    let shape: [Int]
  }

  struct Model: Encodable {
    let name: String
    let versions: [String]
    let platform = "framewise"
    let inputs: [Tensor]
    let outputs: [Tensor]
    /// Of the last dimension of `probabilities`.
    let parameters: [String: [String]]
  }

  func model(_ context: WebContext) throws(Refusal) -> Model {
    try require(context)
    return Model(
      name: service.settings.modelName, versions: ["1"],
      inputs: Self.inputs.map { Tensor(name: $0, datatype: "BYTES", shape: [-1]) },
      outputs: [
        Tensor(name: "category_id", datatype: "BYTES", shape: [-1]),
        Tensor(name: "probability", datatype: "FP32", shape: [-1]),
        Tensor(name: "probabilities", datatype: "FP32", shape: [-1, service.categories.count]),
      ], parameters: ["categories": service.categories])
  }

  private struct Ready: Encodable {
    let name: String
    let ready: Bool
  }

  func ready(_ context: WebContext) throws(Refusal) -> Response {
    try require(context)
    let isReady = !service.admission.isDraining
    return Response(
      isReady ? .ok : .serviceUnavailable, json: Ready(name: service.settings.modelName, ready: isReady))
  }

  private func require(_ context: WebContext) throws(Refusal) {
    guard context.parameters.get("name") == service.settings.modelName else {
      throw Refusal(.notFound, "the model here is \(quoted(service.settings.modelName))")
    }
  }

  func infer(_ request: Request, _ context: WebContext) async throws -> Response {
    try require(context)
    let videos = service.settings.limits.videos
    let (query, answers) = try await Routes.answers(service, request, context, .init()) { reading, place in
      let query = try InferenceQuery(try await reading.requiredDocument(), mostVideos: videos)
      try place.hold(query.questions.count)
      return (query, query.questions)
    }
    return Response(json: answer(answers, to: query))
  }

  private struct Answer: Encodable {
    let model: String
    let version = "1"
    let id: String?
    let outputs: [Output]

    enum CodingKeys: String, CodingKey {
      case model = "model_name"
      case version = "model_version"
      case id, outputs
    }
  }

  private struct Output: Encodable {
    enum Numbers: Encodable {
      case texts([String])
      case reals([Float])

      func encode(to encoder: any Encoder) throws {
        switch self {
        case .texts(let texts): try texts.encode(to: encoder)
        case .reals(let reals): try reals.encode(to: encoder)
        }
      }
    }

    let name: String
    let datatype: String
    let shape: [Int]
    let data: Numbers
  }

  private func answer(_ answers: [VideoAnswer], to query: InferenceQuery) -> Answer {
    let outputs = query.outputs.map { name in
      switch name {
      case "category_id":
        Output(
          name: name, datatype: "BYTES", shape: [answers.count],
          data: .texts(answers.map(\.prediction.category)))
      case "probability":
        Output(
          name: name, datatype: "FP32", shape: [answers.count],
          data: .reals(answers.map(\.prediction.probability)))
      default:
        Output(
          name: name, datatype: "FP32", shape: [answers.count, service.categories.count],
          data: .reals(
            answers.flatMap { answer in
              service.categories.map { answer.prediction.probabilities[$0] ?? 0 }
            }))
      }
    }
    return Answer(model: service.settings.modelName, id: query.id, outputs: outputs)
  }
}
