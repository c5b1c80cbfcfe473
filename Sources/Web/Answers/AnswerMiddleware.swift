import HTTPTypes
import Hummingbird
import NIOHTTP1
import Serving
import Storage

/// Around every request: what goes wrong becomes an answer, each answer gets the headers that keep browsers from doing more
/// with it than they should, and it is counted.
struct AnswerMiddleware<Context: RequestContext>: RouterMiddleware {
  /// What a request is counted by whose client went before its answer, as by others (nginx).
  private let goneStatus = 499
  let metrics: ServiceMetrics
  /// All that there are.
  let routes: [Routes.Route]
  /// Told of what should not happen.
  let notice: @Sendable (String) -> Void

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var response: Response
    var isGone = false
    do { response = try await next(request, context) } catch let error as HTTPParserError {
      // The connection is no use any more; Hummingbird answers (`MalformedHandler`) and closes it.
      throw error
    } catch {
      isGone = error is ClientGone
      response = self.response(to: error, path: request.uri.path)
    }
    response.headers.guardBrowsers()
    if request.method == .head { response = response.createHeadResponse() }
    let route = context.endpointPath ?? "none"
    metrics.count(.requests, ["route": route, "status": "\(isGone ? goneStatus : response.status.code)"])
    metrics.observe(.requestSeconds, (ContinuousClock.now - start) / .seconds(1), ["route": route])
    return response
  }

  private func response(to error: any Error, path: String) -> Response {
    switch error {
    case let refusal as Refusal: return refusal.response
    // Who listens on has ended the request in its middle.
    case is ClientGone: return Refusal(.malformed, "the request ended before its body did").response
    case is CancellationError: return Refusal(.timeout, "the server ends").response
    case let error as HTTPError where error.status == .notFound:
      let methods = routes.filter { $0.fits(path) }.map(\.method)
      if !methods.isEmpty { return Refusal.response(allowing: methods) }
      return Refusal(.notFound, "there is nothing here; /openapi.json says what there is").response
    case let error as any ReportableError:
      notice(error.description)
      return Refusal(error.kind == .resumable ? .noRoom : .internal, "the server has a fault").response
    default:
      notice("\(error)")
      return Refusal(.internal, "the server has a fault").response
    }
  }
}

extension HTTPFields {
  /// Adds, where nothing else is said, that which keeps browsers from doing more with an answer than they should.
  mutating func guardBrowsers() {
    for (name, value) in Self.guards where self[name] == nil { self[name] = value }
  }

  private static let guards: [(HTTPField.Name, String)] =
    [
      (.xContentTypeOptions, "nosniff"), (.cacheControl, "no-store"),
      (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
    ]
    + [("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin")]
    .compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }
}
