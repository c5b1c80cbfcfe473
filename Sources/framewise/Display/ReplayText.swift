import Foundation
import Runs

/// A step that was repeated, for people: the whole of it, and then each of its videos.
struct ReplayText {
  let lines: String

  /// - Parameter training: whose step it is, with a comma behind it; empty where there is one alone.
  init(_ step: ReplayedStep, of training: String) {
    func text(_ value: Double?) -> String { value.map { String(format: "%.6g", $0) } ?? "not finite" }
    let whole =
      "\(training)epoch \(step.epoch), step \(step.step): loss \(text(step.loss)), gradient norm "
      + text(step.gradientNorm) + (step.tensor.map { "; the first tensor at fault is '\($0)'" } ?? "")
    let videos = step.videos.map {
      "  \($0.id): loss \(text($0.loss)), gradient norm \(text($0.gradientNorm))"
    }
    lines = ([whole] + videos).joined(separator: "\n")
  }
}
