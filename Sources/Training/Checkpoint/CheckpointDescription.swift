import Storage

/// The JSON of a checkpoint: everything but the tensors, and how to tell that these are whole.
package struct CheckpointDescription: Codable, Equatable {
  package struct State: Codable, Equatable {
    package let fold: Int
    package let progress: FoldProgress
    /// Of the optimizer, the averages and so on: `owner/name`.
    package let counts: [String: Int]

    package init(fold: Int, progress: FoldProgress, counts: [String: Int]) {
      self.fold = fold
      self.progress = progress
      self.counts = counts
    }
  }

  let state: State
  /// Length of the file with the tensors.
  let bytes: Int
  /// CRC-32 of that file and then of `state`, as JSON in one line with its keys sorted: 8 hexadecimal digits.
  let checksum: String

  /// - Parameter tensors: the checksum of the file with the tensors.
  init(_ state: State, tensors: Checksum) {
    self.state = state
    bytes = tensors.count
    checksum = Self.checksum(state, tensors: tensors)
  }

  static func checksum(_ state: State, tensors: Checksum) -> String {
    var checksum = tensors
    checksum.add(JSONText.encode(state))
    return checksum.text
  }
}
