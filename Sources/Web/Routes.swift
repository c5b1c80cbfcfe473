import Dataset
import HTTPTypes
import Hummingbird
import NIOCore
import Serving
import Storage

/// Who answers what.
struct Routes {
  typealias Handler = @Sendable (Request, WebContext) async throws -> Response

  struct Route: Sendable {
    let path: String
    let method: HTTPRequest.Method
    let handler: Handler

    init(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler) {
      (self.path, self.method, self.handler) = (path, method, handler)
    }

    /// Whether it is about this path, in whatever way that is asked for.
    func fits(_ path: String) -> Bool {
      let (own, asked) = (self.path.split(separator: "/"), path.split(separator: "/"))
      return own.count == asked.count && zip(own, asked).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }
  }

  /// - Parameter token: asked for where something is told or done that not everybody should.
  static func router(
    _ service: ClassificationService, token: AccessToken?, notice: @escaping @Sendable (String) -> Void
  ) -> Router<WebContext> {
    let (open, guarded) = (open(service), guarded(service))
    let router = Router(context: WebContext.self, options: [.autoGenerateHeadEndpoints])
    router.add(
      middleware: AnswerMiddleware(metrics: service.metrics, routes: open + guarded, notice: notice))
    router.add(middleware: SiteMiddleware(sites: Sites(service.settings.address)))
    for route in open { router.on(RouterPath(route.path), method: route.method, use: route.handler) }
    if let token { router.add(middleware: TokenMiddleware(token: token)) }
    for route in guarded { router.on(RouterPath(route.path), method: route.method, use: route.handler) }
    return router
  }

  /// What says nothing of the model, and does nothing.
  private static func open(_ service: ClassificationService) -> [Route] {
    PageFile.all.map { file in Route(.get, file.path) { _, _ in file.response } } + [
      Route(.get, "/v2/health/live") { _, _ in Response(json: ["live": true]) },
      Route(.get, "/v2/health/ready") { _, _ in
        let isReady = !service.admission.isDraining
        return Response(isReady ? .ok : .serviceUnavailable, json: ["ready": isReady])
      },
    ]
  }

  private static func guarded(_ service: ClassificationService) -> [Route] {
    let inference = InferenceProtocol(service)
    return [
      Route(.post, "/v1/classify") { request, context in
        try await classify(request, context, service)
      },
      Route(.get, "/metrics") { _, _ in
        Response(
          bytes: service.metrics.text(service.gauges).utf8, type: "text/plain; version=0.0.4; charset=utf-8")
      },
      Route(.get, "/v2") { _, _ in Response(json: inference.server) },
      Route(.get, "/v2/models/{name}") { _, context in Response(json: try inference.model(context)) },
      Route(.get, "/v2/models/{name}/ready") { _, context in try inference.ready(context) },
      Route(.post, "/v2/models/{name}/infer") { request, context in
        try await inference.infer(request, context)
      },
    ]
  }

  /// Lets a request in, has its body read and its questions answered within the time that it has, and as long as whoever
  /// asks is there.
  /// - Parameter read: makes questions of the body, and what else there is to know of it.
  static func answers<Asked: Sendable>(
    _ service: ClassificationService, _ request: Request, _ context: WebContext,
    _ wishes: VideoQuestion.Wishes,
    _ read: @escaping @Sendable (RequestReading, AdmittedRequest) async throws -> (Asked, [VideoQuestion])
  ) async throws -> (Asked, [VideoAnswer]) {
    let limits = service.settings.limits
    let deadline = ContinuousClock.now + .seconds(limits.requestSeconds)
    let place = try AdmittedRequest(service.admission)
    defer { place.leave() }
    let reading = RequestReading(request: request, limits: limits, channel: context.channel)
    return try await context.channel.presence.whileThere {
      let slow = Refusal(.slowUpload, "the body took too long to come")
      let (asked, questions) = try await until(deadline, or: slow) { try await read(reading, place) }
      let left = deadline - ContinuousClock.now
      return (asked, try await service.answers(to: questions, wishes, within: left))
    }
  }

  private static func classify(
    _ request: Request, _ context: WebContext, _ service: ClassificationService
  ) async throws -> Response {
    let wishes = try VideoQuestion.Wishes(request, categories: service.categories.count)
    let (_, answers) = try await answers(service, request, context, wishes) { reading, place in
      ((), try await reading.questions(spool: service.spool, place: place))
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
  /// More than a model has categories.
  private static let mostTop = 100_000

  /// - Throws: `Refusal` where the address asks for something that there is not.
  init(_ request: Request, categories: Int) throws(Refusal) {
    self.init()
    for (name, value) in request.uri.queryParameters {
      switch name {
      case "explain": explanation = try Self.flag(name, value)
      case "frames": frames = try Self.flag(name, value)
      case "top":
        guard let number = Int(value), 1...Self.mostTop ~= number else {
          throw Refusal(
            .invalid, "top: is \(quoted(String(value))), expected a number from 1 to \(Self.mostTop)")
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
