package import Dataset
import Inference
import Models
package import Pretrained
import Storage
package import SystemPackage
import Torch

/// The vectors of videos' texts as a folder, by an encoder of sentences.
package struct TextEmbedding {
  private let encoder: SentenceEncoder
  private let texts: [(id: String, text: String)]
  private let isHalf: Bool

  /// Texts that go through the encoder at once.
  private static let textsAtOnce = 32

  /// - Parameter annotations: whose title, speech and on-screen text are put together, in this order; what is longer than the
  ///   encoder takes is cut off.
  /// - Parameter isHalf: whether numbers are stored in 16 bits instead of 32.
  package init(_ encoder: SentenceEncoder, _ annotations: [Annotation], isHalf: Bool) {
    self.encoder = encoder
    self.isHalf = isHalf
    texts = annotations.map { annotation in
      let parts = [annotation.title, annotation.speech] + annotation.onScreenText.map(\.text)
      return (annotation.id, parts.filter { !$0.isEmpty }.joined(separator: " "))
    }
  }

  /// Writes the folder; see `VideoEmbedding.run`. A video without text has no row.
  package func run(into folder: FilePath, report: (Int) throws -> Void) throws -> EmbeddingOutcome {
    try Folder.create(folder)
    let lock = try FolderLock(folder)
    let width = encoder.text.configuration.hiddenSize
    let writer = try VectorWriter(
      folder, width: width, origin: VectorFolder.Origin(backbone: encoder.text.name), isHalf: isHalf,
      fingerprint: try fingerprint)
    var outcome = EmbeddingOutcome(width: width, resuming: writer)
    try report(outcome.resumed)
    let rest = texts.filter { !writer.contains($0.id) }
    for first in stride(from: 0, to: rest.count, by: Self.textsAtOnce) {
      let videos = rest[first..<min(first + Self.textsAtOnce, rest.count)]
      let written = videos.filter { !$0.text.isEmpty }
      let values =
        written.isEmpty ? [] : encoder(written.map(\.text)).to(.float32).to(.cpu).values(Float.self)
      var row = 0
      for video in videos {
        let isThere = !video.text.isEmpty
        try writer.append(
          video.id, isThere ? Array(values[row * width..<(row + 1) * width]) : [],
          frames: isThere ? [.init(number: 0)] : [])
        if isThere { row += 1 }
        outcome.count(vectors: isThere ? 1 : 0)
      }
      try report(videos.count)
      try Task.checkCancellation()
    }
    try writer.commit()
    _ = consume lock
    return outcome
  }

  private var fingerprint: String {
    get throws {
      var fingerprint = Fingerprint()
      fingerprint.add(try encoder.text.fingerprint)
      fingerprint.add("\(encoder.longestText) \(isHalf)")
      for (id, text) in texts {
        fingerprint.add(id)
        fingerprint.add(text)
      }
      return fingerprint.text
    }
  }
}
