import Storage
package import SystemPackage

/// Where everything that a `fit` makes has its place.
///
///     README.md                what all this is
///     configuration.yaml       every setting, resolved
///     inputs.json              what tells the annotations, the tokenizer and the kind of pictures from others
///     folds.jsonl              the fold that each video is held out in
///     fold-00/model/           the model that predicts: averaged weights at the end of training
///     fold-00/best/            the same at the epoch with the best validation score
///     fold-00/epochs.jsonl     scores after each epoch
///     fold-00/predictions.jsonl  predictions for the videos held out; there when the fold is finished
///     fold-00/checkpoints/     where the fold goes on from; gone when it is finished
///     fold-00/soup/            until the fold is finished, the epochs that a soup is made of
///     fold-00/diverged/        the step at which training diverged
///     out-of-fold.jsonl        those of all folds, in the order of the annotations
///     report.json, report.md   the scores
///     full/                    a run folder of its own whose fold 0 holds nothing out: the model of all videos
///     calibration.json         what infer does to probabilities, if that is asked for
///
/// Of several seeds each has such a folder, `seed-<n>`, in one that holds the report, the predictions out of fold and the
/// calibration of their mean.
package struct RunFolder: Sendable {
  package let path: FilePath

  package init(_ path: FilePath) { self.path = path }

  package var configuration: FilePath { path.appending("configuration.yaml") }
  package var inputs: FilePath { path.appending("inputs.json") }
  package var folds: FilePath { path.appending("folds.jsonl") }
  package var outOfFold: FilePath { path.appending("out-of-fold.jsonl") }
  package var report: FilePath { path.appending("report.json") }
  package var calibration: FilePath { path.appending("calibration.json") }
  package var readableReport: FilePath { path.appending("report.md") }
  private var readme: FilePath { path.appending("README.md") }

  package func fold(_ number: Int) -> FilePath {
    path.appending("fold-" + (number < 10 ? "0" : "") + String(number))
  }
  package func model(_ fold: Int) -> FilePath { self.fold(fold).appending("model") }
  package func bestModel(_ fold: Int) -> FilePath { self.fold(fold).appending("best") }
  package func epochs(_ fold: Int) -> FilePath { self.fold(fold).appending("epochs.jsonl") }
  package func checkpoints(_ fold: Int) -> FilePath { self.fold(fold).appending("checkpoints") }
  package func diverged(_ fold: Int) -> FilePath { self.fold(fold).appending("diverged") }
  package func soup(_ fold: Int) -> FilePath { self.fold(fold).appending("soup") }
  package func predictions(_ fold: Int) -> FilePath { self.fold(fold).appending("predictions.jsonl") }

  package var full: RunFolder { RunFolder(path.appending("full")) }
  package func member(_ seed: UInt64) -> RunFolder { RunFolder(path.appending("seed-\(seed)")) }

  /// The runs of several seeds, in ascending order; itself where it is one run.
  package var members: [RunFolder] {
    get throws {
      let seeds = try Folder.names(in: path).compactMap { name -> UInt64? in
        guard let seed = UInt64(name.dropFirst("seed-".count)),
          member(seed).path.lastComponent?.string == name
        else {
          return nil
        }
        return seed
      }
      return seeds.isEmpty ? [self] : seeds.sorted().map(member)
    }
  }

  /// A fold is finished when the predictions for its videos, written last, are there.
  package func isFinished(_ fold: Int) -> Bool { Folder.exists(predictions(fold)) }

  /// The models that predict: of the finished folds, and of all videos.
  var models: [FilePath] {
    get throws {
      try foldsWithModel().map(model)
        + (Folder.isFolder(full.path) ? full.foldsWithModel().map(full.model) : [])
    }
  }

  /// The folds that have a model to predict with.
  package func foldsWithModel() throws -> [Int] {
    try Folder.names(in: path).compactMap { name in
      guard let number = Int(name.dropFirst("fold-".count)), fold(number).lastComponent?.string == name else {
        return nil
      }
      return isFinished(number) && ModelFolder.isComplete(model(number)) ? number : nil
    }.sorted()
  }

  /// - Throws: `NoRun` where there is none to go on with.
  package func requireRun() throws {
    guard try Folder.exists(path) && members.contains(where: { Folder.exists($0.configuration) }) else {
      throw NoRun(path: path)
    }
  }

  /// Makes the folder for a run with `configuration` on `inputs`, or goes on with one that has the same; only the
  /// calibration may be another.
  /// - Throws: `RunFolderError` where there is something else already.
  func open(_ configuration: RunConfiguration, _ inputs: RunInputs) throws {
    try Folder.create(path)
    let yaml = try configuration.yaml
    if Folder.exists(self.configuration) {
      var reader = try ConfigurationReader(.tiny)
      try reader.merge(file: self.configuration)
      var present = try reader.configuration()
      let isCalibrationNew = present.calibration != configuration.calibration
      // It is fitted on the predictions out of fold whenever the run is scored: no training depends on it.
      present.calibration = configuration.calibration
      let presentYAML = try present.yaml
      guard presentYAML == yaml else {
        throw RunFolderError(path: path, difference: Self.firstDifference(presentYAML, yaml))
      }
      if isCalibrationNew { try AtomicFile.write(yaml, to: self.configuration) }
    } else {
      // What a killed run was writing aside begins with a dot.
      guard try Folder.names(in: path).allSatisfy({ $0.hasPrefix(".") }) else {
        throw RunFolderError(path: path, difference: nil)
      }
      try AtomicFile.write(yaml, to: self.configuration)
    }
    if Folder.exists(self.inputs) {
      let present = try JSONText.read(RunInputs.self, from: self.inputs)
      if let difference = inputs.difference(from: present) {
        throw RunFolderError(path: path, difference: difference)
      }
    } else {
      try JSONText.write(inputs, to: self.inputs)
    }
    try AtomicFile.write(Self.explanation, to: readme)
  }

  private static func firstDifference(_ present: String, _ wanted: String) -> String {
    let lines = zip(present.split(separator: "\n"), wanted.split(separator: "\n"))
    guard let (old, new) = lines.first(where: { $0 != $1 }) else { return "other settings" }
    return "'\(old.trimmingPrefix { $0 == " " })', not '\(new.trimmingPrefix { $0 == " " })'"
  }

  private static let explanation = """
    # A run of framewise fit

    - `configuration.yaml`: every setting of the run. `framewise fit --config configuration.yaml` repeats it.
    - `inputs.json`: fingerprints of the annotations and the tokenizer, so that the run goes on with the same ones only.
    - `folds.jsonl`: the fold in which each video is held out.
    - `fold-NN/model`: the model of a fold, which `framewise infer` uses: the averaged weights at the end of training.
    - `fold-NN/best`: the same at the epoch that scored best on the videos held out. Chosen by those scores, so its
      score flatters it.
    - `fold-NN/epochs.jsonl`: scores on the videos held out, after each epoch.
    - `fold-NN/predictions.jsonl`: predictions of `model` for the videos held out.
    - `fold-NN/checkpoints`: while the fold is trained, where it goes on from when it was stopped.
    - `fold-NN/diverged`: if training diverged, the step at which it did: its videos and the weights that met them.
    - `out-of-fold.jsonl`: the predictions of all folds: each video by the model that never saw it.
    - `report.md`, `report.json`: scores of the out-of-fold predictions, and their spread over folds.
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

/// A folder that should hold a run.
struct NoRun: ReportableError {
  let path: FilePath

  var kind: ErrorKind { .missingInput }
  var description: String { "\(path): there is no run here to go on with" }
}
