package import Dataset
import Text

/// The videos that a baseline learns from or is asked about, read when they are needed.
package struct BaselineVideos: Sendable {
  package let annotations: [Annotation]
  package let input: BaselineInput
  /// Where the vectors are; nil where only texts are looked at.
  package let source: (any VideoSource)?

  /// - Parameter source: where the vectors are; nil where only texts are looked at.
  /// - Returns: nil where there is nothing to look at: no texts are wanted, and the source holds no vectors.
  package init?(_ annotations: [Annotation], hasText: Bool, source: (any VideoSource)?) {
    let vectors = source.flatMap { $0.vectorSize == nil ? nil : $0 }
    guard hasText || vectors != nil else { return nil }
    self.init(annotations, input: vectors == nil ? .text : hasText ? .both : .video, source: vectors)
  }

  private init(_ annotations: [Annotation], input: BaselineInput, source: (any VideoSource)?) {
    self.annotations = annotations
    self.input = input
    self.source = source
  }

  /// The same videos, of which less is looked at.
  package func seen(as input: BaselineInput) -> BaselineVideos {
    BaselineVideos(annotations, input: input, source: input.hasVectors ? source : nil)
  }

  /// What there is to see: text alone, or also vectors alone and both.
  package var inputs: [BaselineInput] { input == .both ? BaselineInput.allCases : [input] }

  /// The width of the vectors; nil where none are looked at.
  var vectorSize: Int? { input.hasVectors ? source?.vectorSize : nil }

  func text(_ video: Int) -> String {
    input.hasText ? Self.text(of: annotations[video]) : ""
  }

  /// The mean over the frames; nil where there is none, or where it is no number.
  func vector(_ video: Int) -> [Float]? {
    guard input.hasVectors else { return nil }
    return source.flatMap { Self.vector(of: annotations[video].id, in: $0) }
  }

  /// The longest text that is looked at, in characters, several times what models read. Each may bring three n-grams of 16
  /// bytes, so that as many videos as are learnt from take 2 GB at the worst.
  private static let longestText = 1 << 11

  /// Title, speech and on-screen text, a space between them, cleaned and in lower case.
  static func text(of annotation: Annotation) -> String {
    var text = ""
    var length = 0
    for part in [annotation.title, annotation.speech] + annotation.onScreenText.lazy.map(\.text) {
      guard length < longestText else { break }
      let part = TextCleaning.clean(part, prefix: longestText - length)
      guard !part.isEmpty else { continue }
      text += text.isEmpty ? part : " " + part
      length += part.unicodeScalars.count + 1
    }
    return text.lowercased()
  }

  static func vector(of id: String, in source: any VideoSource) -> [Float]? {
    guard case .features(let values, let width) = source.content(of: id), width > 0,
      values.count >= width
    else { return nil }
    var sums = [Double](repeating: 0, count: width)
    for start in stride(from: 0, to: values.count, by: width) {
      for place in 0..<width { sums[place] += Double(values[start + place]) }
    }
    let mean = sums.map { Float($0 / Double(values.count / width)) }
    return mean.allSatisfy(\.isFinite) ? mean : nil
  }
}
