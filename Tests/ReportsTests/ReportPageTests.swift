import Dataset
import Foundation
import Metrics
import Records
import Storage
import SystemPackage
import Testing

@testable import Reports

@Suite("The report of a run") struct ReportPageTests {
  let sample: SampleRun

  init() throws { sample = try SampleRun() }

  @Test("It says the official metric of what was held out, with its interval, and every category")
  func scores() throws {
    let html = try page(try sample.write(), names: ["0100": "Soup", "02": "Sport"])
    // v4 is 0101 taken for 0200, v8 is 0200 taken for 0100.
    let truth = SampleRun.videos.map(\.truth)
    var predicted = truth
    (predicted[4], predicted[8]) = ("0200", "0100")
    let scores = Scores(truth: truth, predicted: predicted)
    #expect(html.contains("<b>\(String(format: "%.4f", scores.meanF1))</b>"))
    #expect(html.contains("<dd>\(String(format: "%.4f", scores.level2.macroF1))</dd>"))
    let interval = try #require(html.firstMatch(of: /<span>(0\.\d{4}) to (0\.\d{4}|1\.0000)<\/span>/))
    let (low, high) = (try #require(Double(interval.1)), try #require(Double(interval.2)))
    #expect(low < scores.meanF1 && scores.meanF1 < high)
    #expect(html.contains("12 videos, each predicted by the model that never saw it (all 2 folds)"))
    for part in [
      "<tr class=\"level1\"><td>02 <bdi>Sport</bdi>", "<tr><td>0100 <bdi>Soup</bdi><td class=\"n\">0.889",
      "<td>0101<td>0200<td class=\"n\">1<td class=\"n\">25 %",
      "3 of 4 videos of 02 Sport predicted as 02 Sport", "<td>tail",
    ] { #expect(html.contains(part), "\(part)") }
    #expect(!html.contains("same level 1</span>"))
  }

  @Test("The floor stands beside the score, and that the models are below it is said")
  func floor() throws {
    let run = try sample.write()
    let truth = SampleRun.videos.map(\.truth)
    let (whole, poor) = (
      Scores(truth: truth, predicted: truth), Scores(truth: truth, predicted: truth.map { _ in "0100" })
    )
    for (scores, model) in [(poor, whole), (whole, poor)] {
      try JSONText.write(
        RunReport(
          folds: [0: 1, 1: 0.5], totalFolds: 2, acrossFolds: Statistics([1, 0.5]), outOfFold: model,
          calibrated: nil, floor: FloorReport(scores, input: .text, model: model), skippedSteps: 0),
        to: run.report)
      let html = try page(run)
      #expect(html.contains("<dd>\(String(format: "%.4f", scores.meanF1))</dd>"))
      #expect(html.contains("linear models on character n-grams of the texts"))
      #expect(html.contains("The model is below the floor at level 1 and level 2.") == (scores == whole))
      #expect(html.contains("0.7500 ± 0.3536"))
    }
  }

  @Test("The errors that it was surest of come first, with pictures and texts")
  func gallery() throws {
    let frames = try sample.frames([
      "v8": [try SampleRun.jpeg(250), SampleRun.noPicture], "v0": [try SampleRun.jpeg(1)],
    ])
    let annotations = sample.path.appending("labeled.json")
    try AnnotationFile.write(
      [
        Annotation(
          id: "v8", title: "How to flip", speech: "first we", onScreenText: [.init(time: 1, text: "煎饼")],
          category: "0200")
      ], to: annotations)
    let run = try sample.write(frames: frames, annotations: annotations)
    var warnings: [String] = []
    let html = try page(
      run, looks: try VideoLooks(of: run, frames: nil, annotations: nil) { warnings.append($0) })
    #expect(warnings == [])
    let cards = html.split(separator: "<article class=\"card\">").dropFirst()
    #expect(cards.count == 2)
    let first = try #require(cards.first)
    #expect(first.contains("<bdi>v8</bdi>") && first.contains("is <b>0200</b>"))
    #expect(first.contains("<b>0100</b>, 90 % sure"))
    #expect(first.contains("How to flip") && first.contains("first we") && first.contains("煎饼"))
    #expect(first.matches(of: /data:image\/jpeg;base64,/).count == 1)
    #expect(first.contains("class=\"broken\""), "a frame that no decoder takes is said to be one")
    let second = try #require(cards.last)
    #expect(second.contains("<bdi>v4</bdi>") && second.contains("no frames: "))
  }

  @Test(
    "Frames and annotations that have moved are missed with a warning; those that were named, with an error")
  func moved() throws {
    let gone = sample.path.appending("gone")
    let run = try sample.write(frames: gone, annotations: gone.appending("labeled.json"))
    var warnings: [String] = []
    let looks = try VideoLooks(of: run, frames: nil, annotations: nil) { warnings.append($0) }
    #expect(try page(run, looks: looks).contains("<bdi>v8</bdi>"))
    #expect(warnings.count == 2 && warnings[0].contains("--frames") && warnings[1].contains("--annotations"))
    #expect(throws: DatasetError.self) {
      try VideoLooks(of: run, frames: gone, annotations: nil) { _ in }
    }
    #expect(throws: (any Error).self) {
      try page(run, looks: try VideoLooks(of: run, frames: nil, annotations: gone) { _ in })
    }
  }

  @Test("Curves are drawn of loss, scores and rates, those of the folds and their mean")
  func curves() throws {
    let html = try page(try sample.write())
    for part in ["Loss in training", "Mean F1 of the videos held out", "Learning rates"] {
      #expect(html.contains("<figcaption>\(part)</figcaption>"))
    }
    #expect(html.matches(of: /<polyline class="each" points="[0-9., ]+"><title>fold [01]</).count == 4)
    // Of three epochs on an axis from the first step to the last.
    #expect(html.contains(/<polyline class="mean c0" points="[0-9.]+,10 [0-9.]+,[0-9.]+ 352,[0-9.]+"/))
    // A part that learns at one rate by its name, one that does not by its groups.
    for key in ["backbone", "fusion; head", "fusion, 1 layer below the top"] {
      #expect(html.contains("<bdi>\(key)</bdi>"), "\(key)")
    }
    let silent = try sample.write(to: "silent")
    for fold in [0, 1] { try Folder.removeFile(silent.events(fold)) }
    #expect(try page(silent).contains("No events of this run are there."))
  }

  @Test("Of a run under way the finished folds count; one without any is refused")
  func underWay() throws {
    let html = try page(try sample.write(finished: [1]))
    #expect(html.contains("6 videos, each predicted by the model that never saw it (1 of 2 folds)"))
    let error = #expect(throws: NoFinishedFold.self) {
      try page(try sample.write(to: "begun", finished: []))
    }
    #expect(error?.kind == .missingInput)
    #expect(throws: NoRun.self) { try page(sample.run("nothing")) }
  }

  @Test("Of several seeds their mean is reported")
  func seeds() throws {
    // The second seed is sure that v8 is right.
    var videos = SampleRun.videos
    videos[8].probabilities = ["0200": 0.98]
    try sample.write(to: "run/seed-1")
    try sample.write(videos, to: "run/seed-2")
    let html = try page(sample.run())
    #expect(html.contains("the mean of 2 seeds"))
    #expect(html.contains("All 1 errors") && !html.contains("<h3><bdi>v8</bdi>"))
  }

  @Test("How sure it may be is drawn, and what sending the least sure ones to people saves")
  func sureness() throws {
    let videos = (0..<100).map { number in
      let truth = ["0100", "0101"][number % 2]
      let said = number < 20 && number % 4 == 0 ? ["0101", "0100"][number % 2] : truth
      return SampleRun.Video(
        id: "v\(number)", truth: truth, probabilities: [said: 0.51 + Float(number) * 0.0045], fold: number % 2
      )
    }
    let html = try page(try sample.write(videos))
    // Errors are at 0, 4, 8, 12 and 16, and the later, the surer: of the surest 83 none is wrong, and of 84 one.
    #expect(html.contains("Sending 17 % of the videos to people makes the rest 99 % right."))
    #expect(!html.contains("the rest 95 % right"), "all of them are")
    #expect(html.contains(/2[01] videos: 7\d % right, 5\d % sure/) && html.contains("<circle"))
  }

  @Test("It says what the run took, and with which program and command it was begun")
  func costAndOrigin() throws {
    let html = try page(try sample.write())
    for part in [
      "cpu, fp32, 2 threads", "12,345", "6.0 videos a second", "6 min, one fold after the other", "90 s",
      "3.2 GB at most",
      "6 in 2 trainings", "1 frame cannot be decoded: v1", "framewise 9.8, libtorch 1.13.1",
      "framewise fit --out &#39;a b&#39;", "00112233aabbccdd",
      "<code>training.epochs</code> <code class=\"value\">3</code>",
    ] { #expect(html.contains(part), "\(part)") }
  }

  @Test("The page stands alone: no script, nothing fetched, and the same run gives the same bytes")
  func alone() throws {
    let run = try sample.write(frames: nil)
    let html = try page(run)
    #expect(html.contains("default-src 'none'; img-src data:; style-src 'unsafe-inline'"))
    #expect(!html.contains("<script") && !html.contains("://") && !html.contains("url("))
    #expect(!html.contains(/src="(?!data:image\/jpeg;base64,)/))
    #expect(try page(run) == html)
    #expect(!html.contains("{{") && !html.contains("Optional("))
  }

  @Test("What a page lists is bounded, however many videos and categories there are")
  func bounds() throws {
    let categories = (0..<210).map { String(format: "%02d%02d", $0 / 4, $0 % 4) }
    let videos = (0..<2100).map { number in
      SampleRun.Video(
        id: "video-\(number)", truth: categories[number % 210],
        probabilities: [categories[number * 7 % 210]: 0.9], fold: number % 2)
    }
    let html = try page(try sample.write(videos))
    #expect(html.matches(of: /<article class="card">/).count == Gallery.most)
    #expect(html.matches(of: /<tr class="level1">/).count == 53)
    #expect(html.contains("40 categories of level 1 with the most videos; 13 more are left out"))
    #expect(html.utf8.count < 1_500_000, "\(html.utf8.count)")
  }
}
