/// What `validate` found; `validate --json` prints it (data-schemas/validation-report.schema.json).
package struct ValidationReport: Codable, Sendable, Equatable {
  package var annotations: Annotations
  /// nil where no entry can be read.
  package var text: Text?
  /// nil where no video has a category.
  package var categories: Categories?
  /// nil where no `--videos` was given.
  package var videos: Videos?
  /// nil where no `--frames` was given.
  package var frames: Frames?
  /// What keeps the annotations from being used.
  package var errors: [Finding] = []
  /// What to know before a long run.
  package var warnings: [Finding] = []

  package var isUsable: Bool { errors.isEmpty }

  package init(annotations: Annotations) { self.annotations = annotations }

  /// Something that is not as it should be, and what to do about it.
  package struct Finding: Codable, Sendable, Equatable {
    package var what: String
    package var advice: String
  }

  package struct Count: Codable, Sendable, Equatable {
    package var name: String
    package var count: Int
  }

  /// How many, and the first few of them.
  package struct Listed: Codable, Sendable, Equatable {
    package var count: Int
    package var first: [String]
  }

  package struct Spread: Codable, Sendable, Equatable {
    package var minimum: Int
    package var median: Int
    package var percentile95: Int
    package var maximum: Int

    enum CodingKeys: String, CodingKey {
      case minimum, median
      case percentile95 = "percentile_95"
      case maximum
    }
  }

  package struct Annotations: Codable, Sendable, Equatable {
    package var file: String
    package var entries: Int
    package var labelled: Int
    /// Entries that cannot be read; what is wrong with the first.
    package var faulty: Listed
    /// Entries whose id an earlier one has.
    package var repeated: Listed
    /// Keys that are passed over, the most frequent first.
    package var unknownKeys: [UnknownKey]

    enum CodingKeys: String, CodingKey {
      case file, entries, labelled, faulty, repeated
      case unknownKeys = "unknown_keys"
    }

    package struct UnknownKey: Codable, Sendable, Equatable {
      package var name: String
      package var entries: Int
      /// The known key that it is nearly; nil where it is near to none.
      package var nearest: String?
    }
  }

  package struct Text: Codable, Sendable, Equatable {
    /// Videos without any.
    package var none: Int
    /// Videos all of whose texts are those of an earlier video.
    package var copies: Int
    package var title: Part
    package var speech: Part
    package var onScreenText: Part
    /// Videos by the scripts of their letters.
    package var scripts: [Count]
    package var tokens: Tokens

    enum CodingKeys: String, CodingKey {
      case none, copies, title, speech
      case onScreenText = "on_screen_text"
      case scripts, tokens
    }

    package struct Part: Codable, Sendable, Equatable {
      /// That have this text.
      package var videos: Int
      /// Unicode scalars after cleaning, of those videos; nil where there are none.
      package var characters: Spread?
    }
  }

  /// The texts as the model would get them.
  package struct Tokens: Codable, Sendable, Equatable {
    package var tokenizer: String
    /// Videos that were counted, spread over the file.
    package var sampled: Int
    /// Tokens that a sequence has room for, special ones included.
    package var room: Int
    /// Each part's budget, and the tokens of the videos that have it.
    package var title: Part
    package var speech: Part
    package var onScreenText: Part
    /// Sampled videos of which some tokens do not fit.
    package var cut: Int
    /// Characters for each token, over all sampled texts; nil of no text.
    package var charactersPerToken: Double?

    enum CodingKeys: String, CodingKey {
      case tokenizer, sampled, room, title, speech
      case onScreenText = "on_screen_text"
      case cut
      case charactersPerToken = "characters_per_token"
    }

    package struct Part: Codable, Sendable, Equatable {
      package var budget: Int
      package var tokens: Spread?
    }
  }

  package struct Categories: Codable, Sendable, Equatable {
    /// In the order of their numbers.
    package var level1: [Count]
    package var level2: [Count]
    package var folds: Int
    /// Level-2 categories with fewer videos than folds.
    package var fewerThanFolds: [String]

    enum CodingKeys: String, CodingKey {
      case level1, level2, folds
      case fewerThanFolds = "fewer_than_folds"
    }
  }

  package struct Videos: Codable, Sendable, Equatable {
    package var folder: String
    package var found: Int
    package var missing: Listed
    /// Video files that belong to no annotation.
    package var extra: Listed
    /// Ids that have several files.
    package var ambiguous: Listed
    package var probe: Probe
  }

  /// What the headers of some files say.
  package struct Probe: Codable, Sendable, Equatable {
    /// Looked at, spread over the annotations.
    package var files: Int
    package var containers: [Count]
    package var codecs: [Count]
    /// `720×1280`, as stored.
    package var sizes: [Count]
    package var durations: [Count]
    /// Those that extraction cannot read, by reason.
    package var unreadable: [Count]
    package var firstUnreadable: [String]
    /// Of the files whose headers could be read, all together.
    package var bytes: Int

    enum CodingKeys: String, CodingKey {
      case files, containers, codecs, sizes, durations, unreadable
      case firstUnreadable = "first_unreadable"
      case bytes
    }
  }

  package struct Frames: Codable, Sendable, Equatable {
    package var folder: String
    /// Width of stored vectors; nil where there are frames.
    package var vectorSize: Int?
    package var found: Int
    package var missing: Listed
    /// Stored videos without annotation.
    package var extra: Listed
    /// Annotated videos on the ledger, by reason.
    package var quarantined: [Count]
    package var problems: [String]
    /// Looked at, spread over the annotations.
    package var probed: Int
    /// Frames, or vectors, of a video.
    package var perVideo: Spread?
    package var sizes: [Count]
    /// Videos that cannot be read though they are stored.
    package var damaged: Listed
    /// Frames that cannot be decoded.
    package var undecodable: Int

    enum CodingKeys: String, CodingKey {
      case folder
      case vectorSize = "vector_size"
      case found, missing, extra, quarantined, problems, probed
      case perVideo = "per_video"
      case sizes, damaged, undecodable
    }
  }
}
