import CLinear

/// Sparse vectors as liblinear reads them: of each the features that are not 0, numbered from 1, then the bias, then an end.
struct FeatureRows {
  let features: Int
  private var nodes: [feature_node] = []
  private var starts: [Int] = []

  init(features: Int) { self.features = features }

  /// - Parameter row: the features of a vector, counted from 0, ascending, with their values.
  mutating func append(_ row: [(place: Int, value: Double)]) {
    starts.append(nodes.count)
    for (place, value) in row { nodes.append(feature_node(index: Int32(place + 1), value: value)) }
    nodes.append(feature_node(index: Int32(features + 1), value: 1))
    nodes.append(feature_node(index: -1, value: 0))
  }

  /// The vectors in memory, for as long as the body runs.
  struct Pointers {
    let features: Int
    let count: Int
    /// The first element of each vector.
    let starts: UnsafeMutablePointer<UnsafeMutablePointer<feature_node>?>?
  }

  mutating func withPointers<Value>(_ body: (Pointers) throws -> Value) rethrows -> Value {
    let (features, places) = (features, starts)
    return try nodes.withUnsafeMutableBufferPointer { nodes in
      var starts = places.map { place in nodes.baseAddress.map { $0 + place } }
      return try starts.withUnsafeMutableBufferPointer { starts in
        try body(Pointers(features: features, count: places.count, starts: starts.baseAddress))
      }
    }
  }
}
