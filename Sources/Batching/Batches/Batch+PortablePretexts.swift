import Torch

// What pre-training asks of a batch's videos, as `Batch.portable` has it.

extension Batch {
  /// `hidden_counts` of each video, and end to end `hidden_places`, each within its own text, and `hidden_tokens`; `seeds` of
  /// each video, as the whole number of the same bits; `divides`, 0 where a text has one part. Nothing where nothing is asked.
  var portablePretexts: [String: Tensor] {
    let pretexts = videos.compactMap { video in
      if case .pretext(let pretext) = video.target { pretext } else { nil }
    }
    guard !pretexts.isEmpty else { return [:] }
    precondition(pretexts.count == videos.count, "something is asked of some videos of a batch only")
    let hidden = pretexts.flatMap(\.hidden)
    return [
      "hidden_counts": Tensor(pretexts.map { Int64($0.hidden.count) }),
      "hidden_places": Tensor(hidden.map { Int64($0.place) }),
      "hidden_tokens": Tensor(hidden.map(\.token)),
      "divides": Tensor(pretexts.map { Int64($0.divide ?? 0) }),
      "seeds": Tensor(pretexts.map { Int64(bitPattern: $0.seed) }),
    ]
  }

  /// - Returns: nil where nothing is asked.
  /// - Throws: `SafetensorsError` where the parts do not fit together.
  static func pretexts(in file: Safetensors, tokenCounts: [Int]) throws -> [Pretext]? {
    guard file.shape(of: "seeds") != nil else { return nil }
    func numbers(_ name: String) throws -> [Int64] {
      let tensor = try file.tensor(name)
      guard tensor.type == .int64 else { throw damaged(name, "is \(tensor.type)") }
      return tensor.values(Int64.self)
    }
    func damaged(_ tensor: String, _ reason: String) -> SafetensorsError {
      SafetensorsError(path: file.path, tensor: tensor, reason: reason)
    }
    let (counts, seeds) = (try numbers("hidden_counts").map(Int.init), try numbers("seeds"))
    let divides = try numbers("divides").map(Int.init)
    let places = try numbers("hidden_places").map(Int.init)
    let tensor = try file.tensor("hidden_tokens")
    guard tensor.type == .int32 else { throw damaged("hidden_tokens", "is \(tensor.type)") }
    let tokens = tensor.values(Int32.self)
    guard Set([counts.count, seeds.count, divides.count]) == [tokenCounts.count],
      tokens.count == places.count,
      counts.allSatisfy({ 0...places.count ~= $0 }), counts.reduce(0, +) == places.count
    else { throw damaged("hidden_counts", "does not fit the videos, or the hidden tokens") }
    var start = 0
    return try counts.indices.map { video in
      defer { start += counts[video] }
      let own = start..<start + counts[video]
      guard places[own].allSatisfy({ 0..<tokenCounts[video] ~= $0 }) else {
        throw damaged("hidden_places", "are not within the text of video \(video)")
      }
      guard 0..<max(1, tokenCounts[video]) ~= divides[video] else {
        throw damaged("divides", "is not within the text of video \(video)")
      }
      return Pretext(
        hidden: own.map { .init(place: places[$0], token: tokens[$0]) },
        divide: divides[video] == 0 ? nil : divides[video], seed: UInt64(bitPattern: seeds[video]))
    }
  }
}
