import Mustache

/// The templates of a kind of page: Mustache, in which `{{name}}` is the text of a property of what is shown, escaped.
///
/// What fills a template is a structure with the properties that the template names. The pages' templates have no way to
/// put text in unescaped (`{{{name}}}`): what they need besides text, such as styles, is a template itself.
package struct Templates: Sendable {
  private let library: MustacheLibrary

  /// - Parameter texts: by the names that pages and other templates call them by. The look that all pages share is
  ///   there already, as `head`.
  /// - Precondition: all are well-formed.
  package init(_ texts: KeyValuePairs<String, [UInt8]>) {
    MustacheContentTypes.register(PageText(), named: PageText.name)
    var library = MustacheLibrary()
    let shared: KeyValuePairs = [
      "head": PackageResources.head_mustache, "look": PackageResources.look_css,
    ]
    for (name, bytes) in Array(shared) + Array(texts) {
      let text = String(decoding: bytes, as: UTF8.self)
      do { try library.register("{{%CONTENT_TYPE:\(PageText.name)}}" + text, named: name) } catch {
        preconditionFailure("the template \(name) is not well-formed: \(error)")
      }
    }
    self.library = library
  }

  /// - Precondition: there is a template of this name.
  package func render(_ name: String, _ view: some Sendable) -> String {
    guard let text = library.render(view, withTemplate: name) else {
      preconditionFailure("there is no template \(name)")
    }
    return text
  }
}

/// How variables become text of a page. The library's own way looks at characters as people see them, and leaves a quotation
/// mark alone that a combining accent follows.
private struct PageText: MustacheContentType {
  static let name = "PAGE"

  func escapeText(_ text: String) -> String { text.escapedForHTML }
}
