import Storage

/// Which of a video's sides the model sees.
package enum Modality: String, Choice {
  case both, text, video

  package var hasText: Bool { self != .video }
  package var hasFrames: Bool { self != .text }
}
