import Dataset
import Images
import Media
import Storage

/// One video of the set with all that is known of it. It depends on the seed and its number alone.
struct SyntheticVideo: Sendable {
  enum Damage: CaseIterable, Sendable { case cutShort, empty, notAVideo }

  let annotation: Annotation
  let damage: Damage?
  let scene: Scene
  private let framesPerSecond: Int
  private let frameCount: Int
  /// How the pictures are stored, in degrees that a player is to turn them clockwise.
  let rotation: Int

  /// Width and height in pixels, as shown.
  private static let sizes = [(160, 120), (120, 160), (128, 128), (192, 108), (108, 192), (144, 176)]

  init(
    number: Int, category: SyntheticCategory, topics: Int, damage: Damage?, options: SynthesisOptions
  ) {
    var generator = SeededGenerator(seed: options.seed, stream: UInt64(number) + 1)
    let size = generator.element(of: Self.sizes)
    framesPerSecond = generator.element(of: [6, 8, 10])
    let seconds = generator.in(options.seconds)
    frameCount = max(1, Int((seconds * Double(framesPerSecond)).rounded()))
    rotation = generator.chance(0.1) ? generator.element(of: [90, 180, 270]) : 0
    guard let shape = Shape(rawValue: category.shape) else {
      preconditionFailure("no shape \(category.shape)")
    }
    scene = Scene(of: shape, width: size.0, height: size.1, using: &generator)
    let others = Topic.all[..<topics].indices.filter { $0 != category.topic }.map { Topic.all[$0] }
    let wording = Wording(
      about: Topic.all[category.topic], others: others, seconds: seconds, using: &generator)
    annotation = Annotation(
      id: String(100_000 + number), title: wording.title, speech: wording.speech,
      onScreenText: wording.onScreenText, category: category.name)
    self.damage = damage
  }

  /// The content of the video file.
  func file() throws(VideoEncodingError) -> [UInt8] {
    switch damage {
    case .empty: return []
    case .notAVideo: return Array("This is not a video.\n".utf8)
    case .cutShort:
      let whole = try encoded()
      return Array(whole.prefix(whole.count / 2))
    case nil: return try encoded()
    }
  }

  private func encoded() throws(VideoEncodingError) -> [UInt8] {
    let pictures = (0..<frameCount).lazy.map { frame in
      scene.picture(at: Double(frame) / Double(framesPerSecond)).rotated(quarterTurns: -rotation / 90)
    }
    return try VideoEncoder.encode(pictures, framesPerSecond: framesPerSecond, rotation: rotation)
  }
}
