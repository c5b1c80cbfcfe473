/// Mean vectors of videos as features: each number less its mean over the videos of training, by its deviation there, and
/// by the root of how many numbers there are, so that a vector is about as long as a text's.
struct VectorScaling: Sendable {
  let mean: [Float]
  let deviation: [Float]

  init(mean: [Float], deviation: [Float]) {
    precondition(mean.count == deviation.count)
    self.mean = mean
    self.deviation = deviation
  }

  /// - Parameter vectors: of the videos that have one, each of `width` numbers.
  init(fitting vectors: some Sequence<[Float]>, width: Int) {
    var count = 0.0
    var sums = [Double](repeating: 0, count: width)
    var squares = sums
    for vector in vectors {
      count += 1
      for place in 0..<width {
        // Welford's way: squares of large numbers would lose what tells them apart.
        let difference = Double(vector[place]) - sums[place]
        sums[place] += difference / count
        squares[place] += difference * (Double(vector[place]) - sums[place])
      }
    }
    mean = sums.map { Float($0) }
    deviation = squares.map { square in
      let deviation = Float((square / max(count, 1)).squareRoot())
      return deviation > 0 && deviation.isFinite ? deviation : 1
    }
  }

  func scaled(_ vector: [Float]) -> [Double] {
    let root = Double(vector.count).squareRoot()
    return vector.indices.map { (Double(vector[$0]) - Double(mean[$0])) / (Double(deviation[$0]) * root) }
  }
}
