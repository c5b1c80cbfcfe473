/// Why a request has no answer. What is wrong with one video among several is said in its answer instead.
package struct Refusal: Error, Equatable, CustomStringConvertible {
  package enum Reason: String, Sendable, CaseIterable {
    /// No HTTP, no JSON, no form.
    case malformed
    case unauthorized
    /// A browser sends it, on behalf of a page that is none of this server's.
    case forbidden
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    /// The body took too long to come.
    case slowUpload = "slow-upload"
    case tooLarge = "too-large"
    case unsupportedMediaType = "unsupported-media-type"
    /// Well-formed, and still not what can be answered.
    case invalid
    case queueFull = "queue-full"
    /// The server is about to end.
    case draining
    case timeout
    /// The machine has no memory or disk for it.
    case noRoom = "no-room"
    case `internal`
  }

  package let reason: Reason
  /// One line for people.
  package let description: String

  package init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }
}
