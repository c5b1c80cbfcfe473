package import Dataset

/// The first line of a file of pseudo-labels: who says what follows, and which videos those who say it never saw.
package struct PseudoLabelHeader: Codable, Sendable, Equatable {
  private static let formatName = "framewise-pseudo-labels"

  /// A run whose models say it, all seeds together.
  package struct Teacher: Codable, Sendable, Equatable {
    /// Where it lay.
    package let run: String
    /// Checksum of its configuration and its folds.
    package let fingerprint: String
    package let seeds: Int

    package init(run: String, fingerprint: String, seeds: Int) {
      self.run = run
      self.fingerprint = fingerprint
      self.seeds = seeds
    }
  }

  package let teachers: [Teacher]
  /// Whether linear models on the texts are a teacher.
  package let floor: Bool
  /// Level 2, sorted.
  package let categories: [String]
  /// Of each fold a fingerprint of the videos that its teachers never saw: a fold that holds out others must not learn from
  /// them.
  package let heldOut: [String]
  /// The folds that there are labels for.
  package let folds: [Int]
  /// Whether there are labels for the model of all videos.
  package let full: Bool
  /// Unlabelled videos, and a fingerprint of their ids and texts.
  package let videos: Int
  package let annotations: String
  /// Lines that follow.
  package let labels: Int
  /// 1 where no teacher learnt from pseudo-labels itself, otherwise one more than theirs.
  package let round: Int
  /// Whether the videos are those that are to be predicted in the end, or a teacher learnt from such videos.
  package let transductive: Bool
  package let settings: PseudoLabelSettings

  package init(
    teachers: [Teacher], floor: Bool, categories: [String], heldOut: [String], folds: [Int], full: Bool,
    videos: Int, annotations: String, labels: Int, round: Int, transductive: Bool,
    settings: PseudoLabelSettings
  ) {
    self.teachers = teachers
    self.floor = floor
    self.categories = categories
    self.heldOut = heldOut
    self.folds = folds
    self.full = full
    self.videos = videos
    self.annotations = annotations
    self.labels = labels
    self.round = round
    self.transductive = transductive
    self.settings = settings
  }

  enum CodingKeys: String, CodingKey {
    case format, teachers, floor, categories
    case heldOut = "held_out"
    case folds, full, videos, annotations, labels, round, transductive, settings
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func damaged(_ key: CodingKeys, _ reason: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
    }
    let format = try container.decode(String.self, forKey: .format)
    guard format == Self.formatName else {
      throw damaged(.format, "is '\(format)', not '\(Self.formatName)'")
    }
    teachers = try container.decode([Teacher].self, forKey: .teachers)
    floor = try container.decode(Bool.self, forKey: .floor)
    categories = try container.decode([String].self, forKey: .categories)
    heldOut = try container.decode([String].self, forKey: .heldOut)
    folds = try container.decode([Int].self, forKey: .folds)
    full = try container.decode(Bool.self, forKey: .full)
    videos = try container.decode(Int.self, forKey: .videos)
    annotations = try container.decode(String.self, forKey: .annotations)
    labels = try container.decode(Int.self, forKey: .labels)
    round = try container.decode(Int.self, forKey: .round)
    transductive = try container.decode(Bool.self, forKey: .transductive)
    settings = try container.decode(PseudoLabelSettings.self, forKey: .settings)
    guard Categories(categories).level2 == categories else {
      throw damaged(.categories, "is not in ascending order, or names one twice")
    }
    guard zip(folds, folds.dropFirst()).allSatisfy({ $0 < $1 }), folds.allSatisfy(heldOut.indices.contains)
    else { throw damaged(.folds, "names folds twice, or others than the \(heldOut.count) of held_out") }
    guard round >= 1 else { throw damaged(.round, "is \(round), must be 1 or more") }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.formatName, forKey: .format)
    try container.encode(teachers, forKey: .teachers)
    try container.encode(floor, forKey: .floor)
    try container.encode(categories, forKey: .categories)
    try container.encode(heldOut, forKey: .heldOut)
    try container.encode(folds, forKey: .folds)
    try container.encode(full, forKey: .full)
    try container.encode(videos, forKey: .videos)
    try container.encode(annotations, forKey: .annotations)
    try container.encode(labels, forKey: .labels)
    try container.encode(round, forKey: .round)
    try container.encode(transductive, forKey: .transductive)
    try container.encode(settings, forKey: .settings)
  }

  /// Of each fold a fingerprint of the videos that it holds out, whatever their order.
  /// - Parameter folds: the fold that each of `ids` is held out in.
  package static func heldOut(_ labeled: [Annotation], _ folds: [Int], count: Int) -> [String] {
    (0..<count).map { fold in
      fingerprint(zip(labeled, folds).filter { $0.1 == fold }.map(\.0))
    }
  }

  /// Of videos with their texts, in whatever order; what categories they have, where they have some, is not looked at.
  package static func unlabelled(_ annotations: [Annotation]) -> String {
    fingerprint(
      annotations.map {
        var annotation = $0
        annotation.category = nil
        return annotation
      })
  }

  private static func fingerprint(_ annotations: [Annotation]) -> String {
    var fingerprint = Fingerprint()
    for annotation in annotations.sorted(by: { $0.id < $1.id }) { fingerprint.add(annotation) }
    return fingerprint.text
  }
}
