import HTTPTypes
import Hummingbird
import Serving
import Storage
package import SystemPackage

/// What clients have to show, where there is something.
package struct AccessToken: Sendable {
  private let bytes: [UInt8]
  private static let lengths = 16...1024

  /// - Parameter path: of a file whose one line it is.
  /// - Throws: `FileError`, or where that is no secret.
  package init(reading path: FilePath) throws {
    var bytes = try Files.read(path, limit: 1 << 16)[...]
    while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
    guard Self.lengths ~= bytes.count, bytes.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw NoSecret(path: path)
    }
    self.bytes = Array(bytes)
  }

  private struct NoSecret: ReportableError {
    let path: FilePath
    var kind: ErrorKind { .badData }
    var description: String {
      "\(path): is no token: one line of \(lengths.lowerBound) to \(lengths.upperBound) letters, digits and signs"
    }
  }

  /// Takes as long whatever is wrong with it.
  func isShown(in authorization: String?) -> Bool {
    guard let authorization, authorization.utf8.count > 7, authorization.prefix(7).lowercased() == "bearer "
    else {
      return false
    }
    let shown = Array(authorization.utf8.dropFirst(7))
    var difference = UInt8(shown.count == bytes.count ? 0 : 1)
    for place in bytes.indices { difference |= bytes[place] ^ (place < shown.count ? shown[place] : 0) }
    return difference == 0
  }
}

struct TokenMiddleware<Context: RequestContext>: RouterMiddleware {
  let token: AccessToken

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard token.isShown(in: request.headers[.authorization]) else {
      throw Refusal(.unauthorized, "show the token: Authorization: Bearer …")
    }
    return try await next(request, context)
  }
}
