import Batching
import Dataset
import Inference
import Models
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Torch

@testable import Runs

@Suite("A fit from the backbones of an earlier run") struct TwoStagesTests: WeightsPlace {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  @Test("Each fold takes its own backbone of an earlier run, and so does the training on all videos")
  func twoStages() throws {
    let first = try TinyData.configuration("modality=video")
    _ = try data.makeFit(first, in: path("video")).run()
    let weights = try given("video")
    let second = try configuration(weights, isFrozen: true)
    #expect(second.backbone == first.backbone && second.framing == first.framing)
    try fit(second, from: weights, in: "both")
    var backbones: [[Float]] = []
    for fold in 0..<2 {
      let name = "backbone.cls_token"
      let own = try self.weights("both", fold: fold).tensor(name)
      #expect(own.isIdentical(to: try self.weights("video", fold: fold).tensor(name)))
      backbones.append(own.values(Float.self))
    }
    #expect(backbones[0] != backbones[1])
    expectError(.missingInput, saying: "no model of all videos") {
      try fit(second, from: weights, in: "both", fullData: true)
    }
    #expect(!Folder.exists(run("both").full.path))
  }

  @Test("A fold whose videos an earlier backbone has seen is refused, and so is one model without its run")
  func leaks() throws {
    let first = try TinyData.configuration("modality=video")
    _ = try data.makeFit(first, in: path("video")).run(only: 0)
    let weights = try given("video")
    expectError(.badData, saying: "judged by videos that they have seen") {
      try fit(try configuration(weights, "fold_seed=2"), from: weights, in: "other")
    }
    expectError(.missingInput, saying: "fold 1 is not finished there") {
      try fit(try configuration(weights), from: weights, in: "both")
    }
    expectError(.badData, saying: "give the run's folder") { _ = try given("video/fold-00/model") }
  }

  @Test("Folds may go through both stages in turn")
  func inTurn() throws {
    let first = try TinyData.configuration("modality=video", "training.maximum_steps=1")
    for fold in 0..<2 {
      _ = try data.makeFit(first, in: path("video")).run(only: fold)
      let weights = try given("video")
      try fit(
        try configuration(weights, "training.maximum_steps=1"), from: weights, in: "both", only: fold)
    }
    #expect(try run("both").foldsWithModel() == [0, 1])
  }

  private struct Stop: Error {}

  @Test(
    "A fold that has begun does not go on with other weights than it began with, nor a run with another run's"
  )
  func otherWeights() throws {
    let first = try TinyData.configuration("modality=video", "training.maximum_steps=1")
    _ = try data.makeFit(first, in: path("video")).run()
    let weights = try given("video")
    let second = try configuration(weights)
    #expect(throws: Stop.self) {
      try fit(second, from: weights, in: "both", only: 0) { if case .step = $0 { throw Stop() } }
    }
    _ = try data.makeFit(try TinyData.configuration("modality=video", "seed=3"), in: path("other")).run(
      only: 1)
    expectError(.usage, saying: "other weights in --backbone") {
      try fit(second, from: try given("other"), in: "both", only: 1)
    }
    // As if it had been trained anew.
    try AtomicFile.write(
      try Files.read(ModelFolder.weightsPath(run("video").model(1))),
      to: ModelFolder.weightsPath(run("video").model(0)))
    expectError(.usage, saying: "start.safetensors", "other weights than --backbone has now") {
      try fit(second, from: try given("video"), in: "both", only: 0)
    }
    // What the run keeps is enough.
    try fit(second, from: nil, in: "both", only: 0)
    #expect(run("both").isFinished(0))
  }

  @Test("Weights that were chosen by the videos held out do not go on to where the same videos judge")
  func soup() throws {
    _ = try data.makeFit(
      try TinyData.configuration("modality=video", "training.average.weights=soup"), in: path("video")
    ).run(only: 0)
    expectError(.badData, saying: "--backbone", "soup", "held out") { _ = try given("video") }
  }

  @Test("Vectors say which fold's backbone made them, and a fit does not take them for --frames")
  func vectorsOfFolds() throws {
    let first = try TinyData.configuration("modality=video", "training.maximum_steps=1")
    _ = try data.makeFit(first, in: path("video")).run()
    let weights = try given("video")
    try fit(try configuration(weights, isFrozen: true), from: weights, in: "both")
    let folders = try Folder.names(in: run("both").vectors).map(run("both").vectors.appending)
    let sources = try folders.map { try VideoSources.open($0) }
    #expect(Set(sources.map { $0.vectorOrigin?.fold }) == [0, 1])
    #expect(sources.allSatisfy { $0.vectorOrigin?.run == Folder.resolved(path("video")).string })
    expectError(.badData, saying: "\(folders[0]): --frames", "\(path("video"))", "has seen") {
      _ = try data.fit(try TinyData.configuration(), in: path("leak"), source: sources[0])
    }
    #expect(!Folder.exists(path("leak")))
  }
}
