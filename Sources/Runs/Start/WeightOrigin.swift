import Dataset

/// Where the weights that a run keeps come from, as the metadata of `start.safetensors` say.
struct WeightOrigin: Equatable {
  /// nil where a text encoder alone was given.
  let backbone: VectorFolder.Origin?
  /// Of the file of an earlier run's fold; nil for published weights, whose checksum `inputs.json` has.
  var checksum: String?

  private enum Key {
    static let backbone = "backbone"
    static let run = "run"
    static let fold = "fold"
    static let checksum = "checksum"
  }

  init(_ backbone: VectorFolder.Origin? = nil, checksum: String? = nil) {
    self.backbone = backbone
    self.checksum = checksum
  }

  init(metadata: [String: String]) {
    backbone = metadata[Key.backbone].map {
      VectorFolder.Origin(
        backbone: $0, run: metadata[Key.run], fold: metadata[Key.fold].flatMap { Int($0) })
    }
    checksum = metadata[Key.checksum]
  }

  var metadata: [String: String] {
    var metadata = ["format": "pt"]
    metadata[Key.backbone] = backbone?.backbone
    metadata[Key.run] = backbone?.run
    metadata[Key.fold] = backbone?.fold.map { "\($0)" }
    metadata[Key.checksum] = checksum
    return metadata
  }
}
