import Dataset
import HTTPTypes
import Hummingbird
import NIOCore
import Serving
import Storage
import SystemPackage

/// Who answers what.
struct Routes {
  typealias Handler = @Sendable (Request, BasicRequestContext) async throws -> Response

  /// Those that there is an answer to, be it that they are not meant here.
  static let methods: [HTTPRequest.Method] = [
    .get, .head, .post, .put, .delete, .patch, .options, .trace, .connect,
  ]

  private let service: ClassificationService
  private let router = Router(context: BasicRequestContext.self, options: [.autoGenerateHeadEndpoints])

  /// - Parameter token: asked for where something is told or done that not everybody should.
  /// - Returns: the routes of a server.
  static func router(
    _ service: ClassificationService, token: AccessToken?, notice: @escaping @Sendable (String) -> Void
  ) -> Router<BasicRequestContext> {
    let routes = Routes(service)
    routes.router.add(middleware: AnswerMiddleware(metrics: service.metrics, notice: notice))
    routes.addOpen()
    if let token { routes.router.add(middleware: TokenMiddleware(token: token)) }
    routes.addGuarded()
    return routes.router
  }

  private init(_ service: ClassificationService) { self.service = service }

  private func add(_ path: String, _ handlers: KeyValuePairs<HTTPRequest.Method, Handler>) {
    var allowed: [HTTPRequest.Method] = []
    for (method, handler) in handlers {
      router.on(RouterPath(path), method: method, use: handler)
      allowed += method == .get ? [.get, .head] : [method]
    }
    for method in Self.methods where !allowed.contains(method) {
      router.on(RouterPath(path), method: method) { [allowed] _, _ -> Response in
        throw MethodNotAllowed(allowed: allowed)
      }
    }
  }

  /// What says nothing of the model, and does nothing.
  private func addOpen() {
    let service = service
    for file in PageFile.all { add(file.path, [.get: { _, _ in file.response }]) }
    add("/v2/health/live", [.get: { _, _ in Response(json: ["live": true]) }])
    add(
      "/v2/health/ready",
      [
        .get: { _, _ in
          let isReady = !service.admission.isDraining
          return Response(isReady ? .ok : .serviceUnavailable, json: ["ready": isReady])
        }
      ])
  }

  private func addGuarded() {
    let service = service
    add("/v1/classify", [.post: { request, _ in try await Self.classify(request, service) }])
    add(
      "/metrics",
      [
        .get: { _, _ in
          Response(
            bytes: service.metrics.text(service.gauges).utf8, type: "text/plain; version=0.0.4; charset=utf-8"
          )
        }
      ])
    let inference = InferenceProtocol(service)
    add("/v2", [.get: { _, _ in Response(json: inference.server) }])
    add("/v2/models/{name}", [.get: { _, context in Response(json: try inference.model(context)) }])
    add("/v2/models/{name}/ready", [.get: { _, context in try inference.ready(context) }])
    add(
      "/v2/models/{name}/infer",
      [.post: { request, context in try await inference.infer(request, context) }])
  }

  /// Lets a request in, has its body read and its questions answered within the time that it has.
  static func answers(
    _ service: ClassificationService, _ request: Request, _ wishes: VideoQuestion.Wishes,
    _ questions: (RequestReading, AdmittedRequest) async throws -> [VideoQuestion]
  ) async throws -> [VideoAnswer] {
    let limits = service.settings.limits
    let deadline = ContinuousClock.now + .seconds(limits.requestSeconds)
    let place = try AdmittedRequest(service.admission)
    defer { place.leave() }
    let asked = try await questions(
      RequestReading(request: request, limits: limits, deadline: deadline), place)
    return try await service.answers(to: asked, wishes, within: deadline - ContinuousClock.now)
  }

  private static func classify(_ request: Request, _ service: ClassificationService) async throws -> Response
  {
    let wishes = try VideoQuestion.Wishes(request, categories: service.categories.count)
    let spool = FilePath(service.settings.spool)
    let answers = try await answers(service, request, wishes) { reading, place in
      try await reading.questions(spool: spool, place: place)
    }
    return Response(json: ClassifyAnswer(model: service.settings.modelName, videos: answers))
  }
}

/// The body of an answer of `/v1/classify`.
struct ClassifyAnswer: Encodable {
  let model: String
  let videos: [VideoAnswer]
}

extension VideoQuestion.Wishes {
  /// - Throws: `Refusal` where the address asks for something that there is not.
  init(_ request: Request, categories: Int) throws(Refusal) {
    self.init()
    for (name, value) in request.uri.queryParameters {
      switch name {
      case "explain": explanation = try Self.flag(name, value)
      case "frames": frames = try Self.flag(name, value)
      case "top":
        guard let number = Int(value), number >= 1 else {
          throw Refusal(.invalid, "top: is \(quoted(String(value))), expected a number from 1 on")
        }
        top = min(number, categories)
      default: throw Refusal(.invalid, "\(quoted(String(name))): is none of explain, frames, top")
      }
    }
  }

  private static func flag(_ name: Substring, _ value: Substring) throws(Refusal) -> Bool {
    switch value {
    case "true": return true
    case "false": return false
    default: throw Refusal(.invalid, "\(name): is \(quoted(String(value))), expected true or false")
    }
  }
}
