import Batching
import Inference
import Records
import Settings
import Storage
import SystemPackage
import Torch
import Training

/// What a step that went wrong does when it is repeated.
package struct ReplayedStep: Codable, Sendable, Equatable {
  package let fold: Int
  package let epoch: Int
  package let step: Int
  /// nil where it is not finite.
  package let loss: Double?
  /// The joint norm of the gradients; nil where it is not finite.
  package let gradientNorm: Double?
  /// The first tensor that is not finite; nil where all are.
  package let tensor: String?
  package let videos: [Video]

  enum CodingKeys: String, CodingKey {
    case fold, epoch, step, loss
    case gradientNorm = "gradient_norm"
    case tensor, videos
  }

  /// A video of the step, alone.
  package struct Video: Codable, Sendable, Equatable {
    package let id: String
    package let loss: Double?
    package let gradientNorm: Double?

    enum CodingKeys: String, CodingKey {
      case id, loss
      case gradientNorm = "gradient_norm"
    }
  }
}

extension Fit {
  /// Repeats the steps at which folds diverged, and then each of their videos alone. Changes no file.
  /// - Parameter only: the one fold to look at; nil for all.
  /// - Throws: `NothingToReplay` where no fold has diverged.
  package func replay(only: Int? = nil) throws -> [ReplayedStep] {
    let folds = (only.map { [$0] } ?? Array(0..<configuration.folds)).filter {
      Folder.isFolder(folder.diverged($0))
    }
    guard !folds.isEmpty else { throw NothingToReplay(path: folder.path) }
    return try folds.map { try ReplayedStep(in: folder.diverged($0), with: try trainer(of: $0)) }
  }
}

extension ReplayedStep {
  /// Repeats the step that is kept in a folder, and then each of its videos alone.
  /// - Parameter trainer: whose weights become those of the step.
  init<Task>(in folder: FilePath, with trainer: Trainer<Task>) throws {
    let (step, description) = try BadStepFolder(path: folder).read(into: trainer.computing)
    let (loss, norm, tensor) = try trainer.replay(step, number: description.step, step.batch)
    func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
    self.init(
      fold: description.fold, epoch: description.epoch, step: description.step, loss: finite(loss),
      gradientNorm: finite(norm), tensor: tensor,
      videos: try zip(description.ids, step.batch.videos.indices).map { id, number in
        let (loss, norm, _) = try trainer.replay(
          step, number: description.step, step.batch[number..<number + 1])
        return .init(id: id, loss: finite(loss), gradientNorm: finite(norm))
      })
  }
}

/// No fold of the run has diverged.
struct NothingToReplay: ReportableError {
  let path: FilePath

  var kind: ErrorKind { .missingInput }
  var description: String { "\(path): no fold has diverged, so that there is no step to repeat" }
}
