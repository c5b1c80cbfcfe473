package import Storage

/// Random changes of what training sees of a video, drawn anew each time; inference knows none of them.
package struct Augmentation: Codable, Sendable, Equatable {
  package var frames: FrameAugmentation
  package var text: TextAugmentation
  /// How often text or frames, one as often as the other, are hidden from a video that has both, 0…1.
  package var modalityDropping: Double

  package init(frames: FrameAugmentation, text: TextAugmentation, modalityDropping: Double) {
    self.frames = frames
    self.text = text
    self.modalityDropping = modalityDropping
  }

  /// Changes nothing but which of many frames are seen.
  package static let none = Augmentation(
    frames: FrameAugmentation(), text: TextAugmentation(), modalityDropping: 0)

  package enum CodingKeys: String, CodingKey {
    case frames, text
    case modalityDropping = "modality_dropping"
  }
}

/// Random changes of frames: one draw for all frames of a video.
package struct FrameAugmentation: Codable, Sendable, Equatable {
  /// Smallest area of the random crop (RandomResizedCrop), as a part of the whole square; 1 is no cropping.
  package var minimumArea: Double
  /// Greatest ratio of a crop's long side to its short one, before the crop is made square again.
  package var aspectRatio: Double
  /// Whether half of the videos are mirrored left to right.
  package var flip: Bool
  /// Greatest turn to either side, degrees.
  package var rotation: Double
  /// Greatest change of brightness, contrast and saturation, as a part of each: 0.2 draws factors from 0.8 to 1.2.
  package var colorJitter: Double

  package init(
    minimumArea: Double = 1, aspectRatio: Double = 1, flip: Bool = false, rotation: Double = 0,
    colorJitter: Double = 0
  ) {
    self.minimumArea = minimumArea
    self.aspectRatio = aspectRatio
    self.flip = flip
    self.rotation = rotation
    self.colorJitter = colorJitter
  }

  /// Whether it changes anything.
  package var isAny: Bool { minimumArea < 1 || flip || rotation > 0 || colorJitter > 0 }

  enum CodingKeys: String, CodingKey {
    case minimumArea = "minimum_area"
    case aspectRatio = "aspect_ratio"
    case flip, rotation
    case colorJitter = "color_jitter"
  }
}

/// Random changes of a video's text.
package struct TextAugmentation: Codable, Sendable, Equatable {
  /// How often each part (title, speech, on-screen text) is left out, 0…1.
  package var partDropping: Double
  /// How often a token is replaced by `[MASK]`, 0…1.
  package var tokenMasking: Double

  package init(partDropping: Double = 0, tokenMasking: Double = 0) {
    self.partDropping = partDropping
    self.tokenMasking = tokenMasking
  }

  enum CodingKeys: String, CodingKey {
    case partDropping = "part_dropping"
    case tokenMasking = "token_masking"
  }
}

extension Augmentation {
  package func check(_ checks: inout SettingChecks) {
    checks.within(CodingKeys.frames) { frames.check(&$0) }
    checks.within(CodingKeys.text) { text.check(&$0) }
    checks.part(CodingKeys.modalityDropping, modalityDropping)
  }
}

extension FrameAugmentation {
  func check(_ checks: inout SettingChecks) {
    checks.number(CodingKeys.minimumArea, minimumArea, 0.01...1)
    checks.number(CodingKeys.aspectRatio, aspectRatio, 1...4)
    checks.number(CodingKeys.rotation, rotation, 0...180)
    checks.part(CodingKeys.colorJitter, colorJitter)
  }
}

extension TextAugmentation {
  func check(_ checks: inout SettingChecks) {
    checks.part(CodingKeys.partDropping, partDropping)
    checks.part(CodingKeys.tokenMasking, tokenMasking)
  }
}
