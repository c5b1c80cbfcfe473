import CLinear

/// Logistic regression of one class against all others, by liblinear: minimises `½ |w|² + C Σ ln(1 + exp(-y · w·x))`,
/// the bias included in `w`. Its trust-region solver draws no random numbers, unlike those of the dual.
enum LogisticRegression {
  static let strength = 10.0
  /// Of the gradient's length at the start, by how many are in the smaller class.
  static let tolerance = 0.01

  /// - Parameter rows: of all videos.
  /// - Parameter isMember: whether a video is of the class.
  /// - Returns: a weight of each feature, and the bias; an infinite bias where all videos are alike, one way or the other.
  static func weights(
    of rows: FeatureRows.Pointers, tolerance: Double = Self.tolerance, isMember: (Int) -> Bool
  ) -> [Float] {
    _ = silence
    var labels = (0..<rows.count).map { isMember($0) ? 1.0 : -1.0 }
    let size = rows.features + 1
    let members = labels.count { $0 > 0 }
    guard members > 0, members < rows.count else {
      return [Float](repeating: 0, count: rows.features) + [members > 0 ? .infinity : -.infinity]
    }
    return labels.withUnsafeMutableBufferPointer { labels in
      var data = problem(
        l: Int32(rows.count), n: Int32(size), y: labels.baseAddress, x: rows.starts, bias: 1)
      var settings = parameter()
      settings.solver_type = Int32(L2R_LR)
      settings.eps = tolerance
      settings.C = strength
      var trained = train(&data, &settings)
      defer { free_and_destroy_model(&trained) }
      guard let weights = trained?.pointee.w else { preconditionFailure("liblinear gave no model") }
      return (0..<size).map { Float(weights[$0]) }
    }
  }

  /// It would tell of its iterations on standard output.
  private static let silence: Void = set_print_string_function { _ in }
}
