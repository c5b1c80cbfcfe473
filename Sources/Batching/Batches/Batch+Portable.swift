import Dataset
package import Torch

extension Batch {
  /// As tensors that other programs can read: `tokens` of all videos end to end with `token_counts` of each, `pixels`
  /// `[frames, size, size, 3]` or `vectors` `[frames, width]` with `frame_counts`, `labels`, `statuses` (as
  /// `PredictionStatus` lists them), and `indices`, the place of each video in the annotations. A video without a label
  /// (-1) has the next row of `distributions`: the probability of each category, then its weight. What pre-training asks has
  /// tensors of its own.
  package var portable: [String: Tensor] {
    let counts = videos.map(\.frameCount)
    func numbers(_ values: [Int]) -> Tensor { Tensor(values.map(Int64.init)) }
    var tensors = [
      "tokens": Tensor(tokens), "token_counts": numbers(videos.map(\.tokenCount)),
      "frame_counts": numbers(counts), "indices": numbers(videos.map(\.index)),
      "statuses": numbers(videos.map { PredictionStatus.allCases.firstIndex(of: $0.status) ?? 0 }),
      "labels": numbers(videos.map { if case .category(let label) = $0.target { label } else { -1 } }),
    ]
    switch pictures {
    case .frames(let bytes, let size):
      tensors["pixels"] = Tensor(bytes, shape: [bytes.count / (size * size * 3), size, size, 3])
    case .vectors(let values, let width):
      tensors["vectors"] = Tensor(values, shape: [values.count / width, width])
    case .none: break
    }
    let distributions = videos.compactMap { video in
      if case .distribution(let probabilities, let weight) = video.target {
        probabilities + [weight]
      } else {
        nil
      }
    }
    if let width = distributions.first?.count {
      tensors["distributions"] = Tensor(distributions.flatMap(\.self), shape: [distributions.count, width])
    }
    return tensors.merging(portablePretexts) { $1 }
  }

  /// - Throws: `SafetensorsError` where the parts do not fit together.
  package init(portable file: Safetensors) throws {
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
    let pictures: Pictures
    let frames: Int
    switch (file.shape(of: "pixels"), file.shape(of: "vectors")) {
    case (nil, nil): (pictures, frames) = (.none, 0)
    case (let shape?, nil):
      guard shape.count == 4, shape[1] > 0, shape[1] == shape[2], shape[3] == 3 else {
        throw damaged("pixels", "is \(shape), not frames of RGB squares")
      }
      (pictures, frames) = (.frames(try values("pixels", UInt8.self), size: shape[1]), shape[0])
    case (nil, let shape?):
      guard shape.count == 2, shape[1] > 0 else {
        throw damaged("vectors", "is \(shape), not rows of vectors")
      }
      (pictures, frames) = (.vectors(try values("vectors", Float.self), width: shape[1]), shape[0])
    case (_?, _?): throw damaged("pixels", "is there beside vectors")
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
    let pretexts = try Self.pretexts(in: file, tokenCounts: tokenCounts)
    var distributions = try Self.distributions(in: file)[...]
    guard labels.count(where: { $0 < 0 }) >= distributions.count else {
      throw damaged("distributions", "has more rows than there are videos without a label")
    }
    self.init(
      videos: labels.indices.map { number in
        Video(
          index: Int(indices[number]), tokenCount: tokenCounts[number], frameCount: frameCounts[number],
          target: pretexts.map { Target.pretext($0[number]) }
            ?? (labels[number] < 0 ? distributions.popFirst() : .category(Int(labels[number]))),
          status: PredictionStatus.allCases[statuses[number]])
      },
      tokens: tokens, pictures: pictures)
  }

  private static func distributions(in file: Safetensors) throws -> [Target] {
    guard let shape = file.shape(of: "distributions") else { return [] }
    let rows = try file.tensor("distributions")
    guard shape.count == 2, shape[1] > 1, rows.type == .float32 else {
      throw SafetensorsError(
        path: file.path, tensor: "distributions", reason: "is \(rows), not rows of probabilities")
    }
    let values = rows.values(Float.self)
    return (0..<shape[0]).map { row in
      let own = values[row * shape[1]..<(row + 1) * shape[1]]
      return .distribution(Array(own.dropLast()), weight: own.last ?? 0)
    }
  }
}
