package import Batching
package import Dataset
import Storage
package import SystemPackage

/// Vectors of frames that were computed before, in a folder for each set of weights and of what else decides the numbers:
/// folds, epochs, seeds and ablations that share these share the vectors.
package struct VectorCache: Sendable {
  package let path: FilePath

  package init(_ path: FilePath) { self.path = path }

  /// What the vectors depend on.
  package struct Key {
    private var fingerprint = Fingerprint()

    /// - Parameter weights: that tell the backbone's from others.
    /// - Parameter videos: the fingerprint of their frames.
    /// - Parameter view: how the frames are changed; nil where they are not.
    /// - Parameter pixels: which pixels the preparation makes, so that vectors of an earlier program's are not continued.
    package init(
      weights: String, backbone: [UInt8], _ preparation: InputPreparation, precision: String, videos: String,
      view: (seed: UInt64, number: Int, augmentation: FrameAugmentation)? = nil,
      pixels: Int = Framing.pixelVersion
    ) {
      fingerprint.add(weights)
      fingerprint.add(backbone)
      fingerprint.add(JSONText.encode(preparation.frames.framing))
      fingerprint.add(JSONText.encode(preparation.frames.mean + preparation.frames.deviation))
      fingerprint.add(preparation.imageSize)
      fingerprint.add(pixels)
      fingerprint.add(precision)
      fingerprint.add(videos)
      guard let view else { return }
      fingerprint.add(JSONText.encode(view.augmentation))
      fingerprint.add(preparation.squareSize)
      fingerprint.add("\(view.seed) \(view.number)")
    }

    package var name: String { fingerprint.text }
  }

  package func folder(_ key: Key) -> FilePath { path.appending(key.name) }
}

/// The videos of a source by the vectors that were computed of their frames.
package struct VectorizedVideos: VideoSource {
  private let vectors: VectorFolder
  private let frames: any VideoSource

  package init(_ vectors: VectorFolder, of frames: any VideoSource) {
    self.vectors = vectors
    self.frames = frames
  }

  package var vectorSize: Int? { vectors.width }
  package var ids: [String] { frames.ids }
  package var problems: [String] { frames.problems }
  package var path: FilePath? { frames.path }

  package func fingerprint(of ids: some Sequence<String>) throws -> String { try frames.fingerprint(of: ids) }

  package func content(of id: String) -> VideoContent {
    if case .features(let values, let width) = vectors.content(of: id) {
      return .features(values, dimension: width)
    }
    // What is missing is so for the reason that the frames are.
    if case .missing(let reason) = frames.content(of: id) { return .missing(reason: reason) }
    return .missing(reason: "no frame can be decoded")
  }
}
