import Storage
package import SystemPackage

/// Where everything that a `fit` makes has its place.
///
///     README.md                what all this is
///     configuration.yaml       every setting, resolved
///     inputs.json              what tells the annotations, the tokenizer and the pictures from others
///     folds.jsonl              the fold that each video is held out in
///     start.safetensors        the weights that the folds begin with, if they were given
///     tokenizer/               that of the given text encoder
///     vectors/                 what a frozen backbone makes of the frames
///     fold-00/start.safetensors  the same of one fold, where each has its own
///     fold-00/model/           the model that predicts: averaged weights at the end of training
///     fold-00/best/            the same at the epoch with the best validation score
///     fold-00/events.jsonl     what happened while it was trained: steps, epochs, checkpoints, warnings
///     fold-00/events.out.tfevents.*  the same for TensorBoard, if that is asked for
///     fold-00/predictions.jsonl  predictions for the videos held out; there when the fold is finished
///     fold-00/checkpoints/     where the fold goes on from; gone when it is finished
///     fold-00/soup/            until the fold is finished, the epochs that a soup is made of
///     fold-00/diverged/        the step at which training diverged
///     out-of-fold.jsonl        those of all folds, in the order of the annotations
///     floor/                   what linear models say of the same folds, and the model of all videos where it is a member
///     report.json, report.md   the scores
///     ledger.json              what the models score without a part of their input, if that is asked for
///     report.html              all that came of it, for a browser
///     unlabelled-videos.jsonl  the videos that it is trained on without their categories, if there are any
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
  package var start: FilePath { path.appending("start.safetensors") }
  package var vectors: FilePath { path.appending("vectors") }
  /// That of a given text encoder.
  package var tokenizer: FilePath { path.appending("tokenizer") }
  package var page: FilePath { path.appending("report.html") }
  package var unlabelledVideos: FilePath { path.appending("unlabelled-videos.jsonl") }
  package var floor: FilePath { path.appending("floor") }
  package var ledger: FilePath { path.appending("ledger.json") }
  package var readme: FilePath { path.appending("README.md") }

  package func fold(_ number: Int) -> FilePath {
    path.appending("fold-" + (number < 10 ? "0" : "") + String(number))
  }
  package func model(_ fold: Int) -> FilePath { self.fold(fold).appending("model") }
  package func start(_ fold: Int) -> FilePath { training(fold).start }
  package func bestModel(_ fold: Int) -> FilePath { self.fold(fold).appending("best") }
  package func events(_ fold: Int) -> FilePath { training(fold).events }
  package func checkpoints(_ fold: Int) -> FilePath { training(fold).checkpoints }
  package func diverged(_ fold: Int) -> FilePath { training(fold).diverged }
  package func soup(_ fold: Int) -> FilePath { training(fold).soup }
  package func predictions(_ fold: Int) -> FilePath { self.fold(fold).appending("predictions.jsonl") }

  /// That of a fold, which is finished when the predictions for its videos, written last, are there.
  package func training(_ fold: Int) -> TrainingFolder {
    TrainingFolder(path: self.fold(fold), last: predictions(fold))
  }

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

  package func isFinished(_ fold: Int) -> Bool { training(fold).isFinished }
}
