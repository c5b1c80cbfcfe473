package import Batching
package import Storage

/// What pre-training asks of videos, and how much each answer counts; without weight a question is not asked.
package struct PretrainingQuestions: Codable, Sendable, Equatable {
  package var tokens: Tokens
  package var texts: Texts
  package var matching: Matching
  package var contrast: Contrast
  /// The part of the videos that is not learnt from, and judged by at the end of each epoch.
  package var heldOut: Double

  package init(
    tokens: Tokens = Tokens(), texts: Texts = Texts(), matching: Matching = Matching(),
    contrast: Contrast = Contrast(),
    heldOut: Double = 0.02
  ) {
    self.tokens = tokens
    self.texts = texts
    self.matching = matching
    self.contrast = contrast
    self.heldOut = heldOut
  }

  package enum CodingKeys: String, CodingKey {
    case tokens, texts, matching, contrast
    case heldOut = "held_out"
  }

  /// Which tokens stand behind `[MASK]`.
  package struct Tokens: Codable, Sendable, Equatable {
    package var weight: Double
    /// Of a text's tokens, hidden.
    package var part: Double
    /// Tokens of the longest n-gram that is hidden as a whole.
    package var longest: Int

    package init(weight: Double = 1, part: Double = 0.2, longest: Int = 3) {
      self.weight = weight
      self.part = part
      self.longest = longest
    }

    enum CodingKeys: String, CodingKey { case weight, part, longest }
  }

  /// Which texts are of one video: its first, mostly the title, and the others.
  package struct Texts: Codable, Sendable, Equatable {
    package var weight: Double
    /// What cosines are divided by.
    package var temperature: Double

    package init(weight: Double = 1, temperature: Double = 0.07) {
      self.weight = weight
      self.temperature = temperature
    }

    enum CodingKeys: String, CodingKey { case weight, temperature }
  }

  /// Whether text and frames are of one video.
  package struct Matching: Codable, Sendable, Equatable {
    package var weight: Double
    /// The part of the videos half of whose frames are those of another one.
    package var swapped: Double

    package init(weight: Double = 1, swapped: Double = 0.5) {
      self.weight = weight
      self.swapped = swapped
    }

    enum CodingKeys: String, CodingKey { case weight, swapped }
  }

  /// Which frames belong to which text.
  package struct Contrast: Codable, Sendable, Equatable {
    package var weight: Double
    /// What cosines are divided by.
    package var temperature: Double

    package init(weight: Double = 1, temperature: Double = 0.07) {
      self.weight = weight
      self.temperature = temperature
    }

    enum CodingKeys: String, CodingKey { case weight, temperature }
  }
}

extension PretrainingQuestions {
  package func check(_ checks: inout SettingChecks, modality: Modality) {
    checks.within(CodingKeys.tokens) {
      $0.number(Tokens.CodingKeys.weight, tokens.weight, 0...1000)
      $0.part(Tokens.CodingKeys.part, tokens.part)
      $0.whole(Tokens.CodingKeys.longest, tokens.longest, 1...100)
      $0.require(
        tokens.weight == 0 || tokens.part > 0, Tokens.CodingKeys.part, "is 0, so that no token is asked for")
    }
    checks.within(CodingKeys.texts) {
      $0.number(Texts.CodingKeys.weight, texts.weight, 0...1000)
      $0.number(Texts.CodingKeys.temperature, texts.temperature, 1e-3...10)
    }
    checks.within(CodingKeys.matching) {
      $0.number(Matching.CodingKeys.weight, matching.weight, 0...1000)
      $0.part(Matching.CodingKeys.swapped, matching.swapped)
    }
    checks.within(CodingKeys.contrast) {
      $0.number(Contrast.CodingKeys.weight, contrast.weight, 0...1000)
      $0.number(Contrast.CodingKeys.temperature, contrast.temperature, 1e-3...10)
    }
    checks.number(CodingKeys.heldOut, heldOut, 0...0.9)
    checks.require(
      tokens.weight + texts.weight > 0 || modality.hasFrames && matching.weight + contrast.weight > 0,
      CodingKeys.tokens, "asks nothing, and nothing else does: give a question a weight")
  }
}
