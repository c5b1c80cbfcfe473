package import Records
import Settings
import Storage
import SystemPackage

extension RunFolder {
  /// - Throws: `NoRun` where there is none to go on with.
  package func requireRun() throws {
    guard try Folder.exists(path) && members.contains(where: { Folder.exists($0.configuration) }) else {
      throw NoRun(path: path)
    }
  }

  /// Makes the folder for a run with `configuration` on `inputs`, or goes on with one that has the same; only the
  /// calibration may be another.
  /// - Throws: `RunFolderError` where there is something else already.
  func open(
    _ configuration: some SavedConfiguration, _ inputs: RunInputs,
    explaining explanation: String = Self.explanation
  ) throws {
    try Folder.create(path)
    // Of folds that are begun side by side the second would take what the first has made so far for something else.
    try exclusively { try openExclusively(configuration, inputs, explanation) }
  }

  /// Runs `body` while no other process opens the run or puts its report together; waits for one that does.
  func exclusively<Value>(_ body: () throws -> Value) throws -> Value {
    let lock = try FileLock.wait(.exclusive, at: path.appending(".framewise.lock"))
    defer { withExtendedLifetime(lock) {} }
    return try body()
  }

  private func openExclusively(
    _ configuration: some SavedConfiguration, _ inputs: RunInputs, _ explanation: String
  ) throws {
    let yaml = try configuration.yaml
    if let present = try presentConfiguration(like: configuration) {
      if try present.yaml != yaml { try AtomicFile.write(yaml, to: self.configuration) }
    } else {
      // What a killed run was writing aside begins with a dot.
      guard try Folder.names(in: path).allSatisfy({ $0.hasPrefix(".") }) else {
        throw RunFolderError(path: path, difference: nil)
      }
      try AtomicFile.write(yaml, to: self.configuration)
    }
    for file in [self.configuration, self.inputs, readme] { try AtomicFile.removePartials(of: file) }
    if try !hasInputs(like: inputs) { try JSONText.write(inputs, to: self.inputs) }
    try AtomicFile.write(explanation, to: readme)
  }

  /// Makes the folder for runs of several seeds, or goes on with one that has such runs.
  /// - Throws: `RunFolderError` where there is something else already, such as one run.
  func openForSeeds() throws {
    guard !Folder.exists(configuration) else { throw RunFolderError(path: path, difference: "one seed") }
    try Folder.create(path)
    if try members.contains(where: { Folder.exists($0.configuration) }) { return }
    // A run that was killed as it began has made its folder and nothing in it.
    let begun = Set(try members.filter { $0.path != path }.compactMap { $0.path.lastComponent?.string })
    guard try Folder.names(in: path).allSatisfy({ $0.hasPrefix(".") || begun.contains($0) }) else {
      throw RunFolderError(path: path, difference: nil)
    }
  }

  /// - Throws: `RunFolderError` naming a run among the members that differs by more than its seed and its calibration.
  func requireSameMembers(_ configuration: RunConfiguration, _ inputs: RunInputs) throws {
    for member in try members {
      _ = try member.presentConfiguration(like: configuration, ofAnySeed: true)
      _ = try member.hasInputs(like: inputs)
    }
  }

  /// - Returns: nil where no run is begun here.
  /// - Throws: `RunFolderError` where the run has other settings.
  private func presentConfiguration<Configuration: SavedConfiguration>(
    like configuration: Configuration, ofAnySeed: Bool = false
  ) throws -> Configuration? {
    guard Folder.exists(self.configuration) else { return nil }
    let present = try Configuration(reading: self.configuration)
    let comparable = present.likened(to: configuration, ofAnySeed: ofAnySeed)
    let (found, wanted) = (try comparable.yaml, try configuration.yaml)
    guard found == wanted else {
      throw RunFolderError(path: path, difference: Self.firstDifference(found, wanted))
    }
    return present
  }

  /// - Returns: false where they are not written yet.
  /// - Throws: `RunFolderError` where the run has other inputs.
  private func hasInputs(like inputs: RunInputs) throws -> Bool {
    guard Folder.exists(self.inputs) else { return false }
    let present = try JSONText.read(RunInputs.self, from: self.inputs)
    if let difference = inputs.difference(from: present) {
      throw RunFolderError(path: path, difference: difference)
    }
    return true
  }

  private static func firstDifference(_ present: String, _ wanted: String) -> String {
    let lines = zip(present.split(separator: "\n"), wanted.split(separator: "\n"))
    guard let (old, new) = lines.first(where: { $0 != $1 }) else { return "other settings" }
    return "'\(old.trimmingPrefix { $0 == " " })', not '\(new.trimmingPrefix { $0 == " " })'"
  }

  static let explanation = """
    # A run of framewise fit

    - `configuration.yaml`: every setting of the run. `framewise fit --config configuration.yaml` repeats it.
    - `inputs.json`: fingerprints of the annotations, the tokenizer and the frames, so that the run goes on with the same
      ones only.
    - `folds.jsonl`: the fold in which each video is held out.
    - `fold-NN/model`: the model of a fold, which `framewise infer` uses: the averaged weights at the end of training.
    - `fold-NN/best`: the same at the epoch that scored best on the videos held out. Chosen by those scores, so its
      score flatters it.
    - `fold-NN/events.jsonl`: what happened while it was trained, as `framewise fit --json` tells it: steps, the scores
      on the videos held out after each epoch, checkpoints, warnings.
    - `fold-NN/events.out.tfevents.*`: if it is asked for, the same for TensorBoard (`tensorboard --logdir` of this folder).
    - `fold-NN/predictions.jsonl`: predictions of `model` for the videos held out.
    - `fold-NN/checkpoints`: while the fold is trained, where it goes on from when it was stopped.
    - `fold-NN/diverged`: if training diverged, the step at which it did: its videos and the weights that met them.
    - `out-of-fold.jsonl`: the predictions of all folds: each video by the model that never saw it.
    - `report.html`: all that came of it on a page: scores, curves, confusions, errors with frames and texts.
    - `floor/fold-NN.jsonl`: what linear models, trained on the same folds, say of the videos held out. With them in the
      ensemble `floor` also holds the one of all videos, which `framewise infer` uses.
    - `report.md`, `report.json`: scores of the out-of-fold predictions, and their spread over folds.
    - `ledger.json`: if it is asked for (`framewise report --ledger`), what the models score without a part of their input.
    - `unlabelled-videos.jsonl`: if there are any, the videos that the folds learnt from without their categories.
    - `full`: if it is asked for, the model of all videos, in the form of a run whose fold 0 holds nothing out.
    - `calibration.json`: if it is asked for, what `framewise infer` does to probabilities, chosen out of fold.

    """
}

/// A folder that cannot be the output of this run.
struct RunFolderError: ReportableError {
  let path: FilePath
  /// The first setting that differs; nil where the folder is no run at all.
  let difference: String?

  var kind: ErrorKind { .usage }
  var description: String {
    difference.map { "\(path): holds a run with other settings (\($0)); give another --out" }
      ?? "\(path): is not empty and holds no run; give another --out"
  }
}
