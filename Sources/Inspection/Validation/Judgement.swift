import Dataset

/// What the numbers mean for a run, and what to do about it.
extension ValidationReport {
  func judged() -> ValidationReport {
    var report = self
    report.errors = annotationErrors + strangers
    report.warnings =
      annotations.unknownKeys.map(Self.warning) + labelWarnings + textWarnings
      + (videos.map(Self.warnings) ?? []) + (frames.map(Self.warnings) ?? [])
    return report
  }

  /// `3 of 2000 videos`
  private static func part(_ count: Int, of total: Int, _ what: String = "videos") -> String {
    "\(count) of \(total) \(what)"
  }

  private static func first(_ listed: Listed) -> String {
    listed.first.isEmpty
      ? "" : " (\(listed.first.joined(separator: ", "))\(listed.count > listed.first.count ? " …" : ""))"
  }

  private var readable: Int { annotations.entries - annotations.faulty.count - annotations.repeated.count }

  private var annotationErrors: [Finding] {
    var errors: [Finding] = []
    if annotations.entries == 0 {
      errors.append(Finding(what: "there are no annotations", advice: "an entry for each video is needed"))
    }
    if annotations.faulty.count > 0 {
      errors.append(
        Finding(
          what: "\(Self.part(annotations.faulty.count, of: annotations.entries, "entries")) cannot be read: "
            + (annotations.faulty.first.first ?? ""),
          advice: "correct them; every command refuses the file as it is"))
    }
    if annotations.repeated.count > 0 {
      errors.append(
        Finding(
          what: "\(Self.part(annotations.repeated.count, of: annotations.entries, "entries")) repeat an id: "
            + (annotations.repeated.first.first ?? ""),
          advice: "leave one entry for each id; every command refuses the file as it is"))
    }
    return errors
  }

  private static func warning(_ key: Annotations.UnknownKey) -> Finding {
    let key = UnknownKeys.Key(name: key.name, entries: key.entries, nearest: key.nearest)
    return Finding(what: key.problem, advice: key.advice)
  }

  /// Annotations and pictures that do not belong together.
  private var strangers: [Finding] {
    var errors: [Finding] = []
    if let videos, videos.found == 0 {
      errors.append(
        Finding(
          what: "none of the \(readable) ids has a file in \(videos.folder)",
          advice:
            "files are found as <id>.<extension>, in the folder or one level below; is it the right folder?"))
    }
    if let frames, frames.found == 0, frames.extra.count > 0 {
      errors.append(
        Finding(
          what: "none of the \(readable) ids is among the \(frames.extra.count) videos in \(frames.folder)",
          advice: "are these the frames of another dataset?"))
    }
    return errors
  }

  private var labelWarnings: [Finding] {
    var warnings: [Finding] = []
    let unlabelled = readable - annotations.labelled
    if unlabelled > 0, annotations.labelled > 0 {
      warnings.append(
        Finding(
          what: "\(Self.part(unlabelled, of: readable)) have no category_id",
          advice: "fit wants one for every video: put the others into a file of their own"))
    }
    guard let categories else { return warnings }
    if categories.level2.count == 1 {
      warnings.append(
        Finding(what: "there is one category", advice: "a model of one category always says the same"))
    }
    if annotations.labelled < categories.folds {
      warnings.append(
        Finding(
          what: "\(annotations.labelled) labelled videos are fewer than \(categories.folds) folds",
          advice: "give fit fewer --folds"))
    }
    let rare = categories.fewerThanFolds
    if !rare.isEmpty {
      let single = categories.level2.count { $0.count == 1 }
      warnings.append(
        Finding(
          what: "\(Self.part(rare.count, of: categories.level2.count, "categories")) have fewer videos than "
            + "\(categories.folds) folds\(single > 0 ? ", \(single) of them a single one" : "")",
          advice:
            "they are missing from some folds' scores, and a single one is never learnt where it is scored: "
            + "collect more, merge them, or give fit fewer --folds"))
    }
    return warnings
  }

  private var textWarnings: [Finding] {
    guard let text else { return [] }
    var warnings: [Finding] = []
    if text.none > 0 {
      warnings.append(
        Finding(
          what: "\(Self.part(text.none, of: readable)) have no text",
          advice: "they are judged by their frames alone"))
    }
    if text.copies * 100 > readable {
      warnings.append(
        Finding(
          what: "\(Self.part(text.copies, of: readable)) have exactly the texts of an earlier one",
          advice: "copies in different folds make the scores better than they are: take them out"))
    }
    let tokens = text.tokens
    if tokens.cut * 20 > tokens.sampled {
      warnings.append(
        Finding(
          what:
            "of \(Self.part(tokens.cut, of: tokens.sampled)) not all text fits into \(tokens.room) tokens",
          advice:
            "a larger preset, or --set text.title=, text.speech= and text.on_screen_text=, make more room"))
    }
    if let each = tokens.charactersPerToken, each < 0.9 {
      warnings.append(
        Finding(
          what: "the tokenizer needs more than one token for a character",
          advice: "it does not know the script of these texts: make one with framewise vocab"))
    }
    return warnings
  }

  private static func warnings(_ videos: Videos) -> [Finding] {
    var warnings: [Finding] = []
    let total = videos.found + videos.missing.count
    if videos.missing.count > 0, videos.found > 0 {
      warnings.append(
        Finding(
          what: "\(part(videos.missing.count, of: total)) have no file\(first(videos.missing))",
          advice: "extract puts them in quarantine; they are judged by their text alone"))
    }
    if videos.extra.count > 0 {
      warnings.append(
        Finding(
          what: "\(videos.extra.count) video files belong to no annotation\(first(videos.extra))",
          advice: "they are passed over"))
    }
    if videos.ambiguous.count > 0 {
      warnings.append(
        Finding(
          what: "\(videos.ambiguous.count) ids have several files\(first(videos.ambiguous))",
          advice: "the first by name is taken: remove the others"))
    }
    let unreadable = videos.probe.unreadable.reduce(0) { $0 + $1.count }
    if unreadable > 0 {
      warnings.append(
        Finding(
          what: "\(part(unreadable, of: videos.probe.files, "files looked at")) cannot be read: "
            + (videos.probe.firstUnreadable.first ?? ""),
          advice: "extract puts them in quarantine; fetch them again if there are many"))
    }
    return warnings
  }

  private static func warnings(_ frames: Frames) -> [Finding] {
    var warnings = frames.problems.map {
      Finding(what: $0, advice: "run the same extract command again, with --overwrite")
    }
    let total = frames.found + frames.missing.count
    if frames.missing.count > 0, frames.found > 0 || frames.extra.count == 0 {
      let quarantined = frames.quarantined.reduce(0) { $0 + $1.count }
      warnings.append(
        Finding(
          what: "\(part(frames.missing.count, of: total)) have no frames\(first(frames.missing))"
            + (quarantined > 0 ? "; in quarantine: \(quarantined)" : ""),
          advice: "they are judged by their text alone; framewise contact-sheet shows why"))
    }
    if frames.damaged.count > 0 {
      warnings.append(
        Finding(
          what: "\(part(frames.damaged.count, of: frames.probed, "videos looked at")) are damaged: "
            + (frames.damaged.first.first ?? ""),
          advice: "extract them again"))
    }
    if frames.undecodable > 0 {
      warnings.append(
        Finding(
          what: "\(frames.undecodable) frames of the \(frames.probed) videos looked at cannot be decoded",
          advice: "they are left out: extract them again"))
    }
    return warnings
  }
}
