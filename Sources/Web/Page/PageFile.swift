import Hummingbird
import Pages

/// A file of the page that a browser is shown, as part of the program: no folder is ever served.
struct PageFile: Sendable {
  let path: String
  private let type: String
  let bytes: [UInt8]

  static let all: [PageFile] = {
    let templates = Templates([
      "page": PackageResources.page_mustache, "style": PackageResources.style_css,
    ])
    func rendered(_ name: String) -> [UInt8] { Array(templates.render(name, Nothing()).utf8) }
    return [
      PageFile(path: "/", type: "text/html; charset=utf-8", bytes: rendered("page")),
      PageFile(path: "/style.css", type: "text/css; charset=utf-8", bytes: rendered("style")),
      PageFile(
        path: "/page.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.page_js),
      PageFile(path: "/openapi.json", type: "application/json", bytes: PackageResources.openapi_json),
    ]
  }()

  /// The page says nothing that is known before it asks.
  private struct Nothing: Sendable {}

  /// What the page may do: nothing but run its own script, and ask this server.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; "
    + "form-action 'none'; frame-ancestors 'none'"

  var response: Response {
    var response = Response(bytes: bytes, type: type)
    response.headers[.contentSecurityPolicy] = Self.policy
    return response
  }
}
