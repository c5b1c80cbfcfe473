package import Dataset
import Foundation
import Pages
import Storage
package import SystemPackage

/// Predictions with what they rest on: one HTML file that stands alone.
package struct ExplanationPage {
  private let explanations: [Explanation]
  private let looks: VideoLooks
  private let names: CategoryNames
  private let program: String

  /// - Parameter program: what makes the page, with its version.
  package init(of explanations: [Explanation], looks: VideoLooks, names: CategoryNames, program: String) {
    self.explanations = explanations
    self.looks = looks
    self.names = names
    self.program = program
  }

  package func write(to path: FilePath) throws { try AtomicFile.write(try html(), to: path) }

  func html() throws -> String {
    let annotations = try looks.annotations(of: Set(explanations.map(\.id)))
    return ReportTemplates.all.render(
      "explanations",
      View(
        pageTitle: "What predictions rest on",
        explained: explanations.map { Explained($0, annotations[$0.id], looks, names) }, program: program))
  }

  /// What fills `explanations.mustache`.
  private struct View: Sendable {
    let pageTitle: String
    let explained: [Explained]
    let program: String
  }
}

/// A video with the parts of its prediction.
private struct Explained: Sendable {
  struct Bar: Sendable {
    let partName: String
    /// `+12.3`, percentage points.
    let points: String
    /// Percent of the widest bar.
    let extent: String
    let isFor: Bool
  }

  let card: VideoCard
  let priorPercent: String
  let bars: [Bar]
  /// nil where there is nothing to see.
  let evidence: EvidenceView?

  init(
    _ explanation: Explanation, _ annotation: Annotation?, _ looks: VideoLooks, _ names: CategoryNames
  ) {
    card = VideoCard(explanation, annotation, looks, names)
    evidence = explanation.evidence.map { EvidenceView($0, of: explanation.id, looks) }
    priorPercent = Quantity.decimal(explanation.without * 100, digits: 1)
    let widest = max(explanation.shares.map { abs($0.value) }.max() ?? 0, 0.01)
    bars = explanation.shares.map { share in
      Bar(
        partName: share.part.name, points: EvidenceView.points(share.value),
        extent: Quantity.decimal(abs(share.value) / widest * 100, digits: 1), isFor: share.value >= 0)
    }
  }
}

extension VideoCard {
  fileprivate init(
    _ explanation: Explanation, _ annotation: Annotation?, _ looks: VideoLooks, _ names: CategoryNames
  ) {
    let answer = Answer(
      who: nil, said: explanation.category, saidName: names.name(of: explanation.category),
      percent: Quantity.decimal(explanation.probability * 100, digits: 1),
      tone: annotation?.category.map { $0 == explanation.category ? "right" : "wrong" } ?? "answer")
    self.init(explanation.id, truth: annotation?.category, [answer], annotation, looks, names)
  }
}
