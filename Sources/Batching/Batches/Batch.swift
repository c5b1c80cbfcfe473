package import Models
package import NN
package import Torch

/// Videos packed end to end for one step: no padding of text or frames.
package struct Batch: Sendable {
  package let samples: [Sample]

  package init(_ samples: [Sample]) { self.samples = samples }

  /// The batch as tensors on a device.
  package struct Tensors {
    package let text: PackedText
    /// `[frames, 3, size, size]` normalised, or stored vectors `[frames, width]`.
    package let pictures: Tensor
    package let frames: PackedSequences

    package init(text: PackedText, pictures: Tensor, frames: PackedSequences) {
      self.text = text
      self.pictures = pictures
      self.frames = frames
    }
  }

  /// - Parameter width: of a stored vector, where there are no frames.
  package func tensors(_ preparation: InputPreparation, width: Int, type: DataType, on device: Device)
    -> Tensors
  {
    let size = preparation.imageSize
    let tokens = samples.flatMap { $0.tokens.map(Int64.init) }
    let counts = samples.map(\.pictures.count)
    let total = counts.reduce(0, +)
    let text = PackedText(
      tokens: Tensor(tokens).to(device), sequences: PackedSequences(lengths: samples.map(\.tokens.count)))

    var pixels: [UInt8] = []
    var vectors: [Float] = []
    pixels.reserveCapacity(total * size * size * 3)
    for sample in samples {
      switch sample.pictures {
      case .frames(let bytes, _): pixels += bytes
      case .features(let values, _): vectors += values
      }
    }
    let pictures =
      vectors.isEmpty && total > 0
      ? preparation.frames.normalised(Tensor(pixels, shape: [total, size, size, 3]).to(device), type: type)
      : Tensor(vectors, shape: [total, width]).to(device).to(type)
    return Tensors(text: text, pictures: pictures, frames: PackedSequences(lengths: counts))
  }

  /// The numbers of the categories, `[videos]` int64.
  /// - Precondition: every video has one.
  package func labels(on device: Device) -> Tensor {
    Tensor(
      samples.map { sample in
        guard let label = sample.label else {
          preconditionFailure("video \(sample.index) has no label to train on")
        }
        return Int64(label)
      }
    ).to(device)
  }
}

extension Batch {
  /// In `count` parts of about the same size, in order; fewer where there are fewer videos.
  package func parts(_ count: Int) -> [Batch] {
    let count = min(count, samples.count)
    return (0..<count).map { part in
      Batch(Array(samples[part * samples.count / count..<(part + 1) * samples.count / count]))
    }
  }
}
