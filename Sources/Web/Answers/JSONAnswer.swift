import HTTPTypes
import Hummingbird
import NIOCore
import Serving
import Storage

extension Response {
  /// - Parameter value: of the body.
  init(_ status: HTTPResponse.Status = .ok, json value: some Encodable) {
    self.init(status, bytes: JSONText.encode(value), type: "application/json")
  }

  init(_ status: HTTPResponse.Status = .ok, bytes body: some Sequence<UInt8>, type: String) {
    self.init(
      status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(bytes: body)))
  }
}

/// The body of every answer that is none. `error` alone is what the Open Inference Protocol asks for.
struct RefusalBody: Codable, Equatable {
  let error: String
  let reason: String
}

extension Refusal {
  var status: HTTPResponse.Status {
    switch reason {
    case .malformed: .badRequest
    case .unauthorized: .unauthorized
    case .forbidden: .forbidden
    case .notFound: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .slowUpload: .requestTimeout
    case .tooLarge: .contentTooLarge
    case .unsupportedMediaType: .unsupportedMediaType
    case .invalid: .unprocessableContent
    case .queueFull: .tooManyRequests
    case .draining, .timeout, .noRoom: .serviceUnavailable
    case .internal: .internalServerError
    }
  }

  /// Of the body.
  var json: [UInt8] { JSONText.encode(RefusalBody(error: description, reason: reason.rawValue)) }

  var response: Response {
    var response = Response(status, bytes: json, type: "application/json")
    switch reason {
    case .unauthorized: response.headers[.wwwAuthenticate] = "Bearer"
    case .queueFull, .draining, .timeout, .noRoom: response.headers[.retryAfter] = "1"
    default: break
    }
    return response
  }

  /// That a path is there, but not asked for so.
  static func response(allowing methods: [HTTPRequest.Method]) -> Response {
    let allowed = methods.contains(.get) ? methods + [.head] : methods
    let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
    var response = Refusal(.methodNotAllowed, "is not asked for so; there is \(names)").response
    response.headers[.allow] = names
    return response
  }
}
