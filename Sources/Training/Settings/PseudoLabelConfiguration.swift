package import Storage

/// How videos without a category are learnt from by what teachers take them for.
package struct PseudoLabelConfiguration: Codable, Sendable, Equatable {
  package var use = Use.none
  /// Their part of each batch, where they are mixed in.
  package var share = 0.5
  /// How often all of them are shown, where they come first.
  package var epochs = 4
  /// What the weight of each is multiplied by in the loss.
  package var weight = 1.0

  package init(use: Use = .none, share: Double = 0.5, epochs: Int = 4, weight: Double = 1) {
    self.use = use
    self.share = share
    self.epochs = epochs
    self.weight = weight
  }

  package enum Use: String, Choice {
    case none
    /// In every batch, beside labelled videos.
    case mixed
    /// Alone, and then the labelled videos alone, each with a schedule of its own.
    case first
  }

  package enum CodingKeys: String, CodingKey { case use, share, epochs, weight }

  package func check(_ checks: inout SettingChecks) {
    checks.number(CodingKeys.share, share, 0.01...0.99)
    checks.whole(CodingKeys.epochs, epochs, 1...1_000_000)
    checks.number(CodingKeys.weight, weight, 1e-6...1e6)
    checks.require(
      use != .first || weight == 1, CodingKeys.weight,
      "is \(weight), and says nothing where pseudo-labels are alone in their batches (use: first)")
  }
}
