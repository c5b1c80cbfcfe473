import Glibc
import HTTPTypes
import Hummingbird
import Serving
import Storage

/// What browsers may ask on behalf of which pages: a page from anywhere can have a browser send something to a server that the
/// browser reaches and the page's author does not.
///
/// Two headers tell, which no page can change: `Origin` is whose page it is, and `Host` is what the page calls the server. An
/// address as `Host` is the server's own; a name may be anybody's, who has it lead to this machine for a moment.
struct Sites: Sendable {
  private let names: Set<String>
  private let checksHost: Bool

  /// - Parameter address: of the server. Where nobody but this machine gets there, or names are told, another name is
  ///   refused; else a name may have been given to the machine by anybody who runs its network.
  init(_ address: ServeSettings.Address) {
    names = Set(address.names.map { $0.lowercased() })
    checksHost = address.isLoopback || !address.names.isEmpty
  }

  /// - Throws: `Refusal` where the request is on behalf of another page.
  func check(host: String?, origin: String?) throws(Refusal) {
    let site = host.flatMap { Site($0) }
    if checksHost, let host {
      guard let site, site.isOwnAddress || names.contains(site.host) else {
        throw Refusal(
          .forbidden, "Host is \(quoted(host)), which this server is not called; --allow-host tells it names")
      }
    }
    guard let origin else { return }
    let asking = origin.firstRange(of: "://").flatMap { Site(String(origin[$0.upperBound...])) }
    guard let asking, asking == site || names.contains(asking.host) else {
      throw Refusal(.forbidden, "Origin is \(quoted(origin)): a page of another site asks")
    }
  }
}

/// A host with a port, as both headers name it.
private struct Site: Equatable {
  /// In lower case, an address of IPv6 in its brackets.
  let host: String
  /// Nil for the one that need not be said.
  let port: Int?

  /// Nil for what is none.
  init?(_ text: String) {
    let text = text.lowercased()
    let end =
      text.hasPrefix("[") ? text.firstIndex(of: "]").map { text.index(after: $0) } : text.firstIndex(of: ":")
    let rest = text[(end ?? text.endIndex)...]
    host = String(text[..<(end ?? text.endIndex)])
    let port = rest.isEmpty ? nil : UInt16(rest.dropFirst()).map { Int($0) }
    guard !host.isEmpty, rest.isEmpty || rest.first == ":" && port != nil else { return nil }
    self.port = [80, 443].contains(port) ? nil : port
  }

  /// What no name service is asked for, so that it leads nowhere else.
  var isOwnAddress: Bool {
    var bytes = in6_addr()
    if host.hasPrefix("[") {
      return host.hasSuffix("]") && inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &bytes) == 1
    }
    return host == "localhost" || host.hasSuffix(".localhost") || inet_pton(AF_INET, host, &bytes) == 1
  }
}

struct SiteMiddleware<Context: RequestContext>: RouterMiddleware {
  let sites: Sites

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    try sites.check(host: request.head.authority, origin: request.headers[.origin])
    return try await next(request, context)
  }
}
