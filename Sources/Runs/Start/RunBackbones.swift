import Batching
import Dataset
import Inference
import Models
import NN
package import Pretrained
import Records
import Settings
import Storage
import SystemPackage
import Torch

/// The backbones that the folds of an earlier run ended with. Each has seen the videos of all other folds, so that it may
/// serve the same fold alone: with any other it would be judged by videos that it was trained on.
package struct RunBackbones {
  package let description: BackboneDescription
  private let run: RunFolder
  /// The fold that each video was held out in.
  private let folds: [String: Int]

  /// - Returns: nil where `path` is no run.
  /// - Throws: `GivenWeightsError` for a run or a model folder that cannot serve.
  init?(reading path: FilePath) throws {
    run = RunFolder(path)
    guard Folder.isFolder(path) else { return nil }
    guard (try? EncoderFolder(reading: path)) == nil else {
      throw GivenWeightsError(
        reason: "\(path): --backbone: is an encoder that pretrain made; give it as --init", kind: .usage)
    }
    guard Folder.exists(run.configuration) else {
      try Self.refuseParts(of: path)
      return nil
    }
    guard let first = try run.foldsWithModel().first else {
      throw GivenWeightsError(reason: "\(path): --backbone: no fold of this run is finished")
    }
    let (model, preparation) = try ModelFolder.settings(run.model(first))
    guard let backbone = model.architecture.encoder.backbone else {
      throw GivenWeightsError(reason: "\(path): --backbone: the models of this run have no backbone")
    }
    guard model.weights != .soup else {
      throw GivenWeightsError(
        reason:
          "\(path): --backbone: training.average.weights is soup there: each fold's weights were chosen by the "
          + "videos that it held out, and the same videos would judge them here; take a run without")
    }
    description = BackboneDescription(
      name: "the backbones of \(path)", configuration: backbone, framing: preparation.frames.framing)
    folds = Dictionary(try JSONLines.read(FoldRow.self, from: run.folds).map { ($0.id, $0.fold) }) { $1 }
  }

  /// What looks like a part, or like several runs.
  private static func refuseParts(of path: FilePath) throws {
    if try RunFolder(path).members.count > 1 {
      throw GivenWeightsError(
        reason: "\(path): --backbone: holds the runs of several seeds; give the folder of one of them")
    }
    if ModelFolder.isComplete(path), (try? ModelFolder.settings(path)) != nil {
      throw GivenWeightsError(
        reason:
          "\(path): --backbone: is one model of a run, and does not say which videos it has seen; give the "
          + "run's folder, of which each fold takes its own backbone")
    }
  }

  /// - Throws: `GivenWeightsError` where a video is held out in another fold than it was in the earlier run.
  func requireSameFolds(_ ids: [String], _ folds: [Int]) throws {
    for (id, fold) in zip(ids, folds) {
      guard let other = self.folds[id], other != fold else { continue }
      throw GivenWeightsError(
        reason:
          "\(run.path): --backbone: its fold \(other) holds out \"\(id)\", which fold \(fold) does here, so that "
          + "backbones would be judged by videos that they have seen; folds are the same with the same --folds, "
          + "fold_seed and annotations")
    }
  }

  private func model(of part: RunPart) throws -> FilePath {
    let (run, fold) =
      switch part {
      case .fold(let fold): (self.run, fold)
      case .full: (self.run.full, 0)
      }
    guard run.isFinished(fold), ModelFolder.isComplete(run.model(fold)) else {
      throw GivenWeightsError(
        reason: part == .full
          ? "\(self.run.path): --backbone: has no model of all videos, which --full-data needs here; train it there first"
          : "\(self.run.path): --backbone: fold \(fold) is not finished there, and no other fold's backbone may serve it",
        kind: .missingInput)
    }
    return run.model(fold)
  }

  func source(
    for part: RunPart, at place: String, of configuration: BackboneConfiguration
  ) throws -> WeightSource {
    let weights = try ModelFolder.weights(try model(of: part))
    return WeightSource(
      ResizedPositions(weights, for: configuration, antialias: true), at: place, under: "backbone.")
  }

  /// With the checksum of the weights, which may be trained anew.
  func origin(of part: RunPart) throws -> WeightOrigin {
    var checksum = Checksum()
    try MappedFile(ModelFolder.weightsPath(try model(of: part))).withBytes { checksum.add($0) }
    let fold: Int? =
      switch part {
      case .fold(let fold): fold
      case .full: nil
      }
    return WeightOrigin(
      VectorFolder.Origin(backbone: description.name, run: Folder.resolved(run.path).string, fold: fold),
      checksum: checksum.text)
  }

  /// Tells the run from others, however many of its folds are finished.
  var fingerprint: String { get throws { try run.settingsFingerprint } }
}
