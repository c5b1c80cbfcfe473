import Dataset
import Foundation
import Metrics
import Records
import Storage
import Testing

@testable import Reports

@Suite("Runs compared") struct ComparisonTests {
  let sample: SampleRun

  init() throws { sample = try SampleRun() }

  /// The sample's videos, of which the run gets `v8` right and `v0` wrong.
  private func otherVideos() -> [SampleRun.Video] {
    var videos = SampleRun.videos
    videos[8].probabilities = ["0200": 0.7]
    videos[0].probabilities = ["0101": 0.95]
    return videos
  }

  @Test(
    "The difference to the first run has the interval of a paired bootstrap, and the videos that changed sides"
  )
  func difference() throws {
    let first = try sample.write(to: "first")
    let second = try sample.write(otherVideos(), to: "second", epochs: 5, settings: "modality: text\n")
    let html = try page(first, second)
    let truth = SampleRun.videos.map(\.truth)
    var (own, base) = (truth, truth)
    (own[0], own[4]) = ("0101", "0200")
    (base[4], base[8]) = ("0200", "0100")
    let expected = Bootstrap().differences(
      truth: truth, predicted: [own], baseline: [base],
      trainingCounts: ["0100": 4, "0101": 4, "0200": 4]
    ).meanF1
    func text(_ value: Double) -> String {
      String(format: "%+.4f", value).replacing("-", with: "−").replacing("+", with: "+")
    }
    #expect(
      html.contains(
        "<b>\(text(expected.value))</b> mean F1 (\(text(expected.low)) to \(text(expected.high)))"))
    #expect(html.contains("no more than chance may make of it"))
    #expect(html.contains("<td class=\"n\">9<td class=\"n right\">1"))
    #expect(html.contains("<td class=\"n wrong\">1<td class=\"n\">1"))
    let gained = try #require(html.firstRange(of: "<h3>Gained</h3>"))
    let lost = try #require(html.firstRange(of: "<h3>Lost</h3>"))
    #expect(html[gained.upperBound..<lost.lowerBound].contains("<bdi>v8</bdi>"))
    #expect(html[lost.upperBound...].contains("<bdi>v0</bdi>"))
    #expect(html.contains("<tr><td><code>training.epochs</code><td><code>3</code><td><code>5</code>"))
    #expect(html.contains("<tr><td><code>modality</code><td><code>—</code><td><code>text</code>"))
    #expect(!html.contains("<code>seed</code>"), "what is the same is not listed")
    #expect(html.contains("<polyline class=\"mean c1\""))
  }

  @Test("Runs of other videos are compared on those that both have; without any there is nothing to compare")
  func others() throws {
    let first = try sample.write(to: "first")
    let some = try sample.write(Array(SampleRun.videos.dropLast(2)), to: "some")
    #expect(try page(first, some).contains("On 10 videos that both have predicted (10 and 12 in all)"))
    let strangers = SampleRun.videos.map {
      SampleRun.Video(id: "x\($0.id)", truth: $0.truth, probabilities: $0.probabilities, fold: $0.fold)
    }
    let error = #expect(throws: NothingShared.self) {
      try page(first, try sample.write(strangers, to: "none"))
    }
    #expect(error?.kind == .badData)
  }

  @Test("Runs whose folders have the same name are told apart by their paths")
  func names() throws {
    let (a, b) = (try sample.write(to: "a/run"), try sample.write(to: "b/run"))
    let html = try page(a, b)
    #expect(html.contains("a/run</bdi>") && html.contains("b/run</bdi>"))
  }

  @Test("A clear difference is called one")
  func clear() throws {
    let videos = (0..<300).map { number in
      let truth = ["0100", "0101", "0200"][number % 3]
      return SampleRun.Video(id: "v\(number)", truth: truth, probabilities: [truth: 0.9], fold: number % 2)
    }
    let worse = videos.enumerated().map { number, video in
      var video = video
      if number % 4 == 0 { video.probabilities = [video.truth == "0100" ? "0200" : "0100": 0.8] }
      return video
    }
    let (good, bad) = (try sample.write(videos, to: "good"), try sample.write(worse, to: "bad"))
    #expect(try page(good, bad).contains("worse than chance would make it"))
    #expect(try page(bad, good).contains("better than chance would make it"))
  }
}
