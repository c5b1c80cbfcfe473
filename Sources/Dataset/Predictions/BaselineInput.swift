/// What linear models look at: texts, the means of stored vectors, or both.
package enum BaselineInput: String, Codable, Sendable, CaseIterable {
  case text, video, both

  package var hasText: Bool { self != .video }
  package var hasVectors: Bool { self != .text }
}
