import Dataset
package import Torch

extension Batch {
  /// As tensors that other programs can read: `tokens` of all videos end to end with `token_counts` of each, `pixels`
  /// `[frames, size, size, 3]` or `vectors` `[frames, width]` with `frame_counts`, `labels`, `statuses` (as
  /// `PredictionStatus` lists them), and `indices`, the place of each video in the annotations. A video without a label
  /// (-1) has the next row of `distributions`: the probability of each category, then its weight. One that a teacher says the
  /// category of (-2) has the next video of the same tensors under `weak_`. What pre-training asks has tensors of its own.
  package var portable: [String: Tensor] {
    let counts = videos.map(\.frameCount)
    func numbers(_ values: [Int]) -> Tensor { Tensor(values.map(Int64.init)) }
    var tensors = [
      "tokens": Tensor(tokens), "token_counts": numbers(videos.map(\.tokenCount)),
      "frame_counts": numbers(counts), "indices": numbers(videos.map(\.index)),
      "statuses": numbers(videos.map { PredictionStatus.allCases.firstIndex(of: $0.status) ?? 0 }),
      "labels": numbers(videos.map(Self.label)),
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
    for (name, tensor) in weak.batch?.portable ?? [:] { tensors[Self.weakPrefix + name] = tensor }
    return tensors.merging(portablePretexts) { $1 }
  }

  private static let weakPrefix = "weak_"
  private static let unlabelled = -2

  private static func label(of video: Video) -> Int {
    switch video.target {
    case .category(let label): label
    case .unlabelled: unlabelled
    case .distribution, .pretext, nil: -1
    }
  }

  /// - Throws: `SafetensorsError` where the parts do not fit together.
  package init(portable file: Safetensors) throws { try self.init(portable: file, under: "") }

  /// - Parameter prefix: of the tensors' names.
  private init(portable file: Safetensors, under prefix: String) throws {
    func damaged(_ tensor: String, _ reason: String) -> SafetensorsError {
      SafetensorsError(path: file.path, tensor: prefix + tensor, reason: reason)
    }
    func values<Element: TensorElement>(_ name: String, _: Element.Type) throws -> [Element] {
      let tensor = try file.tensor(prefix + name)
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
    switch (file.shape(of: prefix + "pixels"), file.shape(of: prefix + "vectors")) {
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
    let isWhole = prefix.isEmpty
    let pretexts = isWhole ? try Self.pretexts(in: file, tokenCounts: tokenCounts) : nil
    var distributions = isWhole ? try Self.distributions(in: file)[...] : []
    guard labels.count(where: { $0 == -1 }) >= distributions.count else {
      throw damaged("distributions", "has more rows than there are videos without a label")
    }
    let unlabelled = labels.count { $0 == Self.unlabelled }
    let weak = isWhole && unlabelled > 0 ? try Batch(portable: file, under: Self.weakPrefix) : nil
    guard weak.map({ $0.videos.count == unlabelled }) ?? true else {
      throw damaged("labels", "has \(unlabelled) videos for a teacher, \(Self.weakPrefix)labels others")
    }
    self.init(
      videos: labels.indices.map { number in
        Video(
          index: Int(indices[number]), tokenCount: tokenCounts[number], frameCount: frameCounts[number],
          target: pretexts.map { Target.pretext($0[number]) }
            ?? (labels[number] == Self.unlabelled
              ? .unlabelled
              : labels[number] < 0 ? distributions.popFirst() : .category(Int(labels[number]))),
          status: PredictionStatus.allCases[statuses[number]])
      },
      tokens: tokens, pictures: pictures, weak: weak.map(Weak.views) ?? Weak.none)
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
