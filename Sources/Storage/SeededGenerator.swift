/// Random numbers that are the same on every machine and with every standard library for a seed:
/// xoshiro256** (Blackman and Vigna, 2018), its state filled by SplitMix64.
///
/// `shuffled` and `int(below:)` are written out here because the algorithms behind `shuffled(using:)` and
/// `random(in:using:)` are not promised to stay, and folds, augmentations and batches follow from them.
/// The state is `Codable`, so that a resumed run goes on where it stopped.
package struct SeededGenerator: RandomNumberGenerator, Sendable, Equatable, Codable {
  private var state: [UInt64]

  /// - Parameter stream: generators of one seed and different streams are independent of each other, for
  ///   example one for each fold, epoch or video.
  package init(seed: UInt64, stream: UInt64 = 0) {
    var mixer = SplitMix64(state: seed)
    mixer.state = mixer.next() ^ SplitMix64.scrambled(stream)
    state = (0..<4).map { _ in mixer.next() }
  }

  package init(from decoder: any Decoder) throws {
    state = try decoder.singleValueContainer().decode([UInt64].self)
    guard state.count == 4, state.contains(where: { $0 != 0 }) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "expected four words that are not all zero"))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(state)
  }

  package mutating func next() -> UInt64 {
    let result = (state[1] &* 5).rotated(left: 7) &* 9
    let shifted = state[1] << 17
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = state[3].rotated(left: 45)
    return result
  }

  /// Uniform over `0..<bound`, without bias (Lemire, 2019).
  package mutating func int(below bound: Int) -> Int {
    precondition(bound > 0, "no integer lies below \(bound)")
    let bound = UInt64(bound)
    let threshold = (0 &- bound) % bound
    while true {
      let product = next().multipliedFullWidth(by: bound)
      if product.low >= threshold { return Int(product.high) }
    }
  }

  /// Uniform over `0..<1`, in steps of 2⁻⁵³.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Every order is equally likely (Fisher and Yates).
  package mutating func shuffled<Elements: Sequence>(_ elements: Elements) -> [Elements.Element] {
    var result = Array(elements)
    var last = result.count - 1
    while last > 0 {
      result.swapAt(last, int(below: last + 1))
      last -= 1
    }
    return result
  }
}

/// Steele, Lea and Flood, 2014: turns any seed, however poor, into well mixed words.
private struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.scrambled(state)
  }

  static func scrambled(_ word: UInt64) -> UInt64 {
    var word = word
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

extension UInt64 {
  fileprivate func rotated(left places: UInt64) -> UInt64 { self << places | self >> (64 - places) }
}
