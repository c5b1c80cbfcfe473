import Dataset
package import Torch

extension Batch {
  /// As tensors that other programs can read: `tokens` of all videos end to end with `token_counts` of each, `pixels`
  /// `[frames, bytes]` or `vectors` `[frames, width]` with `frame_counts`, `labels`, `statuses` (as
  /// `PredictionStatus` lists them), and `indices`, the place of each video in the annotations.
  package var portable: [String: Tensor] {
    let counts = samples.map(\.pictures.count)
    let total = counts.reduce(0, +)
    var pixels: [UInt8] = []
    var vectors: [Float] = []
    for sample in samples {
      switch sample.pictures {
      case .frames(let bytes, _): pixels += bytes
      case .features(let values, _): vectors += values
      }
    }
    func numbers(_ values: [Int]) -> Tensor { Tensor(values.map(Int64.init)) }
    var tensors = [
      "tokens": Tensor(samples.flatMap(\.tokens)), "token_counts": numbers(samples.map(\.tokens.count)),
      "frame_counts": numbers(counts), "labels": numbers(samples.map { $0.label ?? -1 }),
      "indices": numbers(samples.map(\.index)),
      "statuses": numbers(samples.map { PredictionStatus.allCases.firstIndex(of: $0.status) ?? 0 }),
    ]
    if !pixels.isEmpty { tensors["pixels"] = Tensor(pixels, shape: [total, pixels.count / total]) }
    if !vectors.isEmpty { tensors["vectors"] = Tensor(vectors, shape: [total, vectors.count / total]) }
    return tensors
  }

  /// - Parameter frameBytes: of one frame.
  /// - Throws: `SafetensorsError` where the parts do not fit together.
  package init(portable file: Safetensors, frameBytes: Int) throws {
    func damaged(_ tensor: String, _ reason: String) -> SafetensorsError {
      SafetensorsError(path: file.path, tensor: tensor, reason: reason)
    }
    func values<Element: TensorElement>(_ name: String, _: Element.Type) throws -> [Element] {
      let tensor = try file.tensor(name)
      guard tensor.type == Element.dataType else { throw damaged(name, "is \(tensor.type)") }
      return tensor.values(Element.self)
    }
    func counts(_ name: String, of total: Int) throws -> [Int] {
      let counts = try values(name, Int64.self).map(Int.init)
      guard counts.allSatisfy({ 0...total ~= $0 }), counts.reduce(0, +) == total else {
        throw damaged(name, "does not add up to \(total)")
      }
      return counts
    }
    let tokens = try values("tokens", Int32.self)
    let tokenCounts = try counts("token_counts", of: tokens.count)
    let vectors = file.contains("vectors") ? try values("vectors", Float.self) : []
    let pixels = file.contains("pixels") ? try values("pixels", UInt8.self) : []
    let frames = vectors.isEmpty ? pixels.count / frameBytes : file.shape(of: "vectors")?.first ?? 0
    guard vectors.isEmpty ? pixels.count == frames * frameBytes : pixels.isEmpty else {
      throw damaged("pixels", "is not of frames of \(frameBytes) bytes")
    }
    let frameCounts = try counts("frame_counts", of: frames)
    let (labels, indices) = (try values("labels", Int64.self), try values("indices", Int64.self))
    let statuses = try values("statuses", Int64.self).map(Int.init)
    guard statuses.allSatisfy(PredictionStatus.allCases.indices.contains) else {
      throw damaged("statuses", "has numbers that are none")
    }
    guard Set([tokenCounts.count, frameCounts.count, labels.count, indices.count, statuses.count]).count == 1
    else {
      throw damaged("labels", "has another number of videos than token_counts or frame_counts")
    }
    var (token, frame) = (0, 0)
    self.init(
      labels.indices.map { number in
        let (nextToken, nextFrame) = (token + tokenCounts[number], frame + frameCounts[number])
        defer { (token, frame) = (nextToken, nextFrame) }
        let count = frameCounts[number]
        let width = frames > 0 ? vectors.count / frames : 0
        let pictures: Sample.Pictures =
          vectors.isEmpty
          ? .frames(Array(pixels[frame * frameBytes..<nextFrame * frameBytes]), count: count)
          : .features(Array(vectors[frame * width..<nextFrame * width]), count: count)
        return Sample(
          index: Int(indices[number]), tokens: Array(tokens[token..<nextToken]), pictures: pictures,
          label: labels[number] < 0 ? nil : Int(labels[number]),
          status: PredictionStatus.allCases[statuses[number]])
      })
  }
}
