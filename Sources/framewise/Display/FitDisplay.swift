import Foundation
import Inference
import Metrics
import Records
import Runs
import Storage
import Synchronization
import SystemPackage
import Terminal
import Training

/// Shows the events of a fit: JSON lines, or one progress line and a line for each epoch.
final class FitDisplay {
  private let console: Console
  private let json: Bool
  private var progress: ProgressDisplay?
  /// Steps of the finished folds and of the present one.
  private var steps = 0
  private var missedCheckpoints = 0
  /// Of the steps of the epoch.
  private var trusts: [Double] = []
  private var vectorsProgress: ProgressDisplay?
  private var vectorsDone = 0
  private var floorProgress: ProgressDisplay?

  /// What is done, for the progress line.
  private let name: String
  /// Whether there are several trainings, which messages have to tell apart.
  private let hasFolds: Bool

  init(_ console: Console, json: Bool, of name: String = "fit", hasFolds: Bool = true) {
    self.console = console
    self.json = json
    self.name = name
    self.hasFolds = hasFolds
  }

  /// `fold 3, `, or nothing where there is one training alone.
  private func place(_ fold: Int) -> String { hasFolds ? "fold \(fold), " : "" }

  /// - Throws: `FileError` when the output cannot be written.
  func show(_ event: FitEvent) throws {
    if json { try console.result(json: event, asLine: true) }
    switch event {
    case .start(let start):
      console.message(
        "\(start.videos) videos\(start.pseudoVideos.map { ", \($0) by pseudo-labels" } ?? "")"
          + "\(start.unlabelledVideos.map { ", \($0) without categories" } ?? "")"
          + "\(start.categories.map { ", \($0) categories" } ?? ""); \(start.parameters) parameters, "
          + "\(start.precision) on \(start.device), \(start.threads) threads")
      if start.folds.isEmpty {
        console.message(
          hasFolds
            ? "nothing to train: the run folder has these folds already"
            : "nothing to train: the encoder is there already")
      } else {
        progress = ProgressDisplay(name, total: start.totalSteps, on: console)
      }
    case .vectors(let vectors): show(vectors)
    case .floor(let floor): show(floor)
    case .resume(let place):
      console.message(
        "\(hasFolds ? "fold \(place.fold)" : name) goes on after step \(place.step), in epoch \(place.epoch)")
      steps += place.step
      progress?.start(at: steps)
    case .step(let step):
      steps += 1
      if let trust = step.trust { trusts.append(trust) }
      progress?.advance(
        note: "\(place(step.fold))epoch \(step.epoch), loss \(text(step.loss)), rate "
          + String(format: "%.1e", step.learningRates.values.max() ?? 0)
          + String(format: ", %.1f videos/s", step.videosPerSecond))
    case .skip(let skip):
      steps += 1
      progress?.advance()
      console.warning(
        "\(place(skip.fold))step \(skip.step) is skipped: '\(skip.tensor)' is not finite; its videos are "
          + skip.ids.prefix(Self.namedVideos).joined(separator: ", ")
          + (skip.ids.count > Self.namedVideos ? " and \(skip.ids.count - Self.namedVideos) more" : ""))
    case .split(let split):
      console.warning(
        "\(split.reason): from step \(split.step)\(hasFolds ? " of fold \(split.fold)" : "") on each batch is computed in "
          + "\(split.rounds) rounds, "
          + (split.isExact
            ? "with the same gradient"
            : "each judged by itself, which is not quite the same training"))
    case .checkpoint(let checkpoint):
      if let problem = checkpoint.problem {
        missedCheckpoints += 1
        console.warning(
          "no checkpoint of step \(checkpoint.step)\(hasFolds ? " of fold \(checkpoint.fold)" : ""), the one before stays: \(problem)"
        )
      }
    case .warning(let warning): console.warning(warning.message)
    case .epoch(let epoch, let cost):
      console.message(
        "\(place(epoch.fold))epoch \(epoch.epoch): loss \(text(epoch.loss))"
          + text(epoch.scores) + trusted()
          + (epoch.skippedSteps > 0 ? ", \(epoch.skippedSteps) steps skipped" : "")
          + String(format: ", %.1f videos/s", cost.videosPerSecond))
    case .fold(let fold):
      console.message(
        "\(hasFolds ? "fold \(fold.fold)" : name) done"
          + (fold.bestEpoch > 0
            ? ": \(label(fold.chosenBy)) \(text(fold.score)); best \(text(fold.bestScore)) at epoch "
              + "\(fold.bestEpoch)" : "")
      )
      if !hasFolds { progress?.finish() }
    case .end: progress?.finish()
    }
  }

  private func show(_ vectors: FitEvent.Vectors) {
    let view = vectors.view.map { ", changed version \($0 + 1)" } ?? ""
    if vectorsProgress == nil {
      vectorsProgress = ProgressDisplay("vectors", total: vectors.videos, on: console)
      vectorsProgress?.start(at: vectors.done)
    } else {
      vectorsProgress?.advance(by: vectors.done - vectorsDone)
    }
    vectorsDone = vectors.done
    guard vectors.done == vectors.videos else { return }
    vectorsProgress?.finish()
    vectorsProgress = nil
    console.message(
      "the frozen backbone's vectors of \(vectors.videos) videos are there\(view): \(vectors.frames) frames computed"
    )
  }

  private func show(_ floor: FitEvent.Floor) {
    if floorProgress == nil {
      floorProgress = ProgressDisplay("floor", total: floor.folds, on: console)
      floorProgress?.start(at: floor.done)
    } else {
      floorProgress?.update(completed: floor.done)
    }
    guard floor.done == floor.folds else { return }
    floorProgress?.finish()
    floorProgress = nil
  }

  /// What to know when the run has ended.
  func summary(of report: RunReport, in folder: RunFolder) -> String {
    var lines = ["mean F1 over \(report.folds.count) of \(report.totalFolds) folds: \(report.acrossFolds)"]
    if let scores = report.outOfFold {
      lines.append(
        "out of fold: mean F1 \(text(scores.meanF1)), level 1 micro \(text(scores.level1.microF1)) macro "
          + "\(text(scores.level1.macroF1)), level 2 micro \(text(scores.level2.microF1)) macro "
          + text(scores.level2.macroF1))
    }
    if let calibrated = report.calibrated {
      lines.append("calibrated, each fold by the others: mean F1 \(text(calibrated.meanF1))")
    }
    if let floor = report.floor {
      lines.append(
        "the floor, linear models on \(floor.input.nouns): mean F1 \(text(floor.meanF1)), level 1 micro "
          + "\(text(floor.level1.microF1)) macro \(text(floor.level1.macroF1)), level 2 micro "
          + "\(text(floor.level2.microF1)) macro \(text(floor.level2.macroF1))"
          + (floor.verdict.map { ". \($0)" } ?? ""))
    }
    for (sentence, transductive) in report.further {
      lines += [sentence] + [transductive].compactMap(\.self)
    }
    if report.skippedSteps > 0 {
      lines.append("\(report.skippedSteps) steps had no finite loss and gradient and were skipped")
    }
    return (lines + missed + ["report: \(folder.page)"]).joined(separator: "\n")
  }

  /// A line where checkpoints are missing.
  var missed: [String] {
    missedCheckpoints == 0
      ? [] : ["\(missedCheckpoints) checkpoints could not be written; the run went on without them"]
  }

  private static let namedVideos = 5

  /// How much of the videos without categories an epoch has learnt from: with a threshold that nothing reaches, of nothing.
  private func trusted() -> String {
    guard !trusts.isEmpty else { return "" }
    defer { trusts = [] }
    return String(
      format: ", learnt from %.1f %% of the videos without categories",
      100 * trusts.reduce(0, +) / Double(trusts.count))
  }

  /// The number that chooses the best epoch, and the others behind it, of which those beside a mean F1 are F1 scores, too.
  private func text(_ scores: EpochScores) -> String {
    guard scores.videos > 0, !scores.values.isEmpty else { return "" }
    let others = scores.values.filter { $0.key != scores.chosenBy }.sorted { $0.key < $1.key }
      .map { "\(label($0.key.replacing("_f1", with: ""))) \(text($0.value))" }
    return ", \(label(scores.chosenBy)) \(text(scores.chosen))"
      + (others.isEmpty ? "" : " (\(others.joined(separator: ", ")))")
  }

  /// `level1_micro_f1` → `level 1 micro F1`
  private func label(_ name: String) -> String {
    name.replacing("_", with: " ").replacing("level", with: "level ").replacing("f1", with: "F1")
  }

  private func text(_ value: Double) -> String { String(format: "%.4f", value) }
}
