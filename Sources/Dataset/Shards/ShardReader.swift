import Storage

/// Reads one sample out of the range of bytes that a shard's index names.
enum ShardReader {
  struct Damage: Error, Equatable {
    var reason: String
    /// The range holds something else than the index says, so the index belongs to another tar.
    var isMisplaced = false
  }

  /// The sample in `range` if it is whole and that of `id`.
  ///
  /// - Parameter shortSide: of the dataset's frames, in pixels.
  static func sample(
    _ id: String, in range: [UInt8], shortSide: Int
  ) throws(Damage) -> (sample: ShardSample, jpegs: [[UInt8]]) {
    let result: Result<(ShardSample, [[UInt8]]), Damage> = range.withUnsafeBytes { bytes in
      Result { () throws(Damage) in try sample(id, in: bytes, shortSide: shortSide) }
    }
    return try result.get()
  }

  private static func sample(
    _ id: String, in bytes: UnsafeRawBufferPointer, shortSide: Int
  ) throws(Damage) -> (ShardSample, [[UInt8]]) {
    let tar = TarInput(bytes)
    let key = ShardName.key(for: id)
    var description: ShardSample?
    var jpegs: [[UInt8]] = []
    while let member = tar.next() {
      guard let (memberKey, kind) = ShardName.parse(member.name), memberKey == key else {
        throw Damage(reason: "\(quoted(member.name)) lies where the index expects it", isMisplaced: true)
      }
      guard let content = tar.content(of: member, limit: bytes.count) else {
        throw Damage(reason: "\(quoted(member.name)) is cut off")
      }
      switch kind {
      case .sample: description = try decode(content, id: id)
      case .frame(let number):
        guard number == jpegs.count else { throw Damage(reason: "frame \(jpegs.count) is missing") }
        if let problem = StoredFrame.problem(with: content, shortSide: shortSide) {
          throw Damage(reason: "frame \(number) \(problem)")
        }
        jpegs.append(content)
      }
    }
    guard tar.position > 0 else {
      throw Damage(reason: "there is no member where the index expects it", isMisplaced: true)
    }
    guard tar.position == bytes.count else { throw Damage(reason: "a tar header is damaged") }
    guard let description else { throw Damage(reason: "its description is missing") }
    guard description.timestamps.count == jpegs.count else {
      throw Damage(reason: "\(jpegs.count) of \(description.timestamps.count) frames are there")
    }
    return (description, jpegs)
  }

  static func decode(_ json: [UInt8], id: String) throws(Damage) -> ShardSample {
    guard let sample = try? JSONText.decode(ShardSample.self, from: json) else {
      throw Damage(reason: "its description is damaged")
    }
    guard VideoID.areSame(sample.id, id) else {
      throw Damage(reason: "its description is that of \(quoted(sample.id))")
    }
    return sample
  }
}
