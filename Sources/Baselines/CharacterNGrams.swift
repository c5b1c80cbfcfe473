/// The runs of one to three characters (Unicode scalars) of a text. Chinese needs no words for it, and of English and
/// misspelt words enough is found again.
enum CharacterNGrams {
  static let longest = 3

  /// The n-grams of a text in ascending order, each with how often it occurs.
  static func counts(of text: String) -> [(ngram: UInt64, count: Int)] {
    let scalars = text.unicodeScalars.map { UInt64($0.value) }
    var all: [UInt64] = []
    all.reserveCapacity(longest * scalars.count)
    for start in scalars.indices {
      var ngram: UInt64 = 0
      for place in 0..<min(longest, scalars.count - start) {
        ngram |= scalars[start + place] << (bits * UInt64(place))
        all.append(ngram)
      }
    }
    all.sort()
    var counts: [(ngram: UInt64, count: Int)] = []
    for ngram in all {
      if counts.last?.ngram == ngram {
        counts[counts.count - 1].count += 1
      } else {
        counts.append((ngram, 1))
      }
    }
    return counts
  }

  /// How many characters an n-gram has.
  static func length(of ngram: UInt64) -> Int {
    (bits.bitWidth - ngram.leadingZeroBitCount + Int(bits) - 1) / Int(bits)
  }

  /// A scalar is below 2^21, so that three fit into 64 bits; none of a text is 0, which tells lengths apart.
  private static let bits: UInt64 = 21
}
