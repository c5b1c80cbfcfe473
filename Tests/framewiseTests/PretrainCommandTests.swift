import Foundation
import RunComparison
import Testing

@Suite("framewise pretrain", .syntheticSet) struct PretrainCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  private static let tiny = [
    "--threads", "1", "--precision", "fp32", "--set",
    "backbone={img_size: 16, patch_size: 8, embed_dim: 16, depth: 1, num_heads: 2}", "--set",
    "text_encoder={hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}",
  ]

  private func arguments(out: String, _ more: String...) -> [String] {
    [
      "pretrain", "--annotations", set("labeled.json"), set("test.json"), "--frames", set("frames/labeled"),
      set("frames/test"), "--out", out, "--set", "training={batch_size: 4, epochs: 3}",
    ] + Self.tiny + more
  }

  @Test("The walk in the documents, as it stands there, with smaller models")
  func walk() async throws {
    let text = try String(contentsOfFile: Repository.path("docs/unlabelled.md"), encoding: .utf8)
    let blocks = text.components(separatedBy: "```").enumerated().filter { !$0.offset.isMultiple(of: 2) }
    let commands = blocks.flatMap { block in
      block.element.replacing("\\\n", with: " ").split(separator: "\n").map {
        $0.split(separator: " ").map(String.init)
      }
    }
    #expect(commands.count == 12 && commands.allSatisfy { $0.first == "framewise" })
    for command in commands {
      var arguments = Array(command.dropFirst())
      switch arguments[0] {
      case "pretrain": arguments += Self.tiny
      case "fit": arguments += ["--threads", "1", "--precision", "fp32"]
      default: break
      }
      let outcome = try await CommandLineRunner.run(
        arguments, through: ["sh", "-c", "cd \"$0\" && exec \"$@\"", folder(".")])
      #expect(outcome.exitCode == 0, "\(arguments): \(outcome.messages)")
      guard arguments[0] == "pretrain" else { continue }
      #expect(
        outcome.messages.contains("accuracy") && !outcome.messages.contains("fold"), "\(outcome.messages)")
    }
    let lines = try folder.text("walk/submission.csv").split(separator: "\n")
    #expect(lines.count == 20)
  }

  /// Every file of an encoder's folder, as far as no clock decides what is in it.
  private func files(_ name: String) throws -> [String: Data] {
    try comparable(
      try folder.contents().filter { $0.key.hasPrefix(name + "/") }.reduce(into: [:]) {
        $0[String($1.key.dropFirst(name.count))] = $1.value
      })
  }

  @Test("Killed and interrupted it goes on with the command that is said, and ends byte for byte the same")
  func survival() async throws {
    let whole = try await CommandLineRunner.run(arguments(out: folder("whole")))
    #expect(whole.exitCode == 0, "\(whole.messages)")
    let out = folder("stopped")
    for (step, signal) in [(2, SIGKILL), (4, SIGTERM)] {
      let outcome = try await CommandLineRunner.run(
        arguments(out: out, "--checkpoint-steps", "1"),
        whileRunning: { process in
          let end = ContinuousClock.now + .seconds(60)
          while ContinuousClock.now < end,
            !FileManager.default.fileExists(atPath: "\(out)/checkpoints/step-\(step).json")
          {}
          kill(process, signal)
        })
      if signal == SIGTERM {
        outcome.expectErrorAtEnd(
          75, saying: "interrupted after step", "the pre-training", "goes on from there: ")
      } else {
        #expect(outcome.exitCode == 128 + SIGKILL, "\(outcome.messages)")
      }
    }
    // Interrupted, it is no encoder.
    try await CommandLineRunner.run(set.fitArguments(out: folder("run")) + ["--init", out])
      .expectErrorAtEnd(66, saying: "holds no encoder", "when it is done")
    let resumed = try await CommandLineRunner.run(arguments(out: out, "--resume"))
    #expect(resumed.exitCode == 0 && resumed.messages.contains("pretrain goes on after step"))
    #expect(resumed.output == "\(out)\n")
    #expect(try files("whole") == files("stopped"))
    let again = try await CommandLineRunner.run(arguments(out: out))
    #expect(
      again.exitCode == 0 && again.messages.contains("the encoder is there already"), "\(again.messages)")
  }

  @Test("What cannot be learnt from is one line, and nothing is made")
  func hostile() async throws {
    let empty = try folder.write("[]", to: "empty.json")
    let silent = try folder.write(#"[{"id": "a"}, {"id": "b", "title": "\u0007"}]"#, to: "silent.json")
    let strange = try folder.write(
      #"[{"id": "a", "title": "tea"}, {"id": "b", "title": "cup"}]"#, to: "a.json")
    func run(_ arguments: String...) async throws -> CommandLineRunner.Outcome {
      try await CommandLineRunner.run(
        ["pretrain", "--out", folder("encoder")] + Self.tiny + arguments)
    }
    try await run("--annotations", set("test.json"), empty, "--modality", "text")
      .expectError(65, saying: "empty.json", "has no annotations")
    try await run("--annotations", set("test.json"), set("test.json"), "--modality", "text")
      .expectError(65, saying: "test.json", "is already that of a video in")
    try await run("--annotations", silent, "--modality", "text")
      .expectError(65, saying: "no video has text")
    try await run("--annotations", silent, "--frames", set("frames/test"))
      .expectError(65, saying: "none of the 2 annotated videos is among the 4")
    try await run(
      "--annotations", set("test.json"), strange, "--frames", set("frames/test"), set("frames/labeled")
    )
    .expectError(65, saying: "none of the 6 annotated videos is among the 10")
    try await run("--annotations", set("test.json"), "--frames", set("frames/test"), set("frames/test"))
      .expectError(65, saying: "is in", "too")
    try await run("--annotations", set("test.json")).expectError(64, saying: "--frames", "is missing")
    try await run("--annotations", set("test.json"), "--modality", "video")
      .expectError(64, saying: "modality", "about text")
    try await run("--annotations", folder("nowhere.json"), "--modality", "text").expectError(
      66, saying: "nowhere.json")
    try await CommandLineRunner.run(arguments(out: folder("encoder"), "--replay"))
      .expectError(66, saying: "no run here")
    #expect(!FileManager.default.fileExists(atPath: folder("encoder")))
  }

  @Test(
    "fit --init is refused by name where it does not fit, and takes no tokenizer or text encoder beside it")
  func refused() async throws {
    let encoder = folder("encoder")
    let made = try await CommandLineRunner.run(arguments(out: encoder, "--max-steps", "2"))
    #expect(made.exitCode == 0, "\(made.messages)")
    var fit = set.fitArguments(out: folder("run"))
    try await CommandLineRunner.run(fit + ["--init", set("frames/test")])
      .expectError(66, saying: "holds no encoder")
    try await CommandLineRunner.run(fit + ["--init", encoder, "--set", "text_encoder.hidden_size=32"])
      .expectError(64, saying: "text_encoder.hidden_size", "comes with", encoder)
    fit.removeAll { $0.hasPrefix("backbone=") || $0.hasPrefix("text_encoder=") || $0.hasPrefix("training=") }
    fit.removeAll { $0 == "--set" }
    try await CommandLineRunner.run(fit + ["--init", encoder, "--backbone", encoder])
      .expectError(64, saying: "--backbone", "goes without an --init")
    for option in ["--tokenizer", "--text-encoder"] {
      let outcome = try await CommandLineRunner.run(fit + ["--init", encoder, option, encoder])
      #expect(outcome.exitCode == 64 && outcome.messages.contains(option), "\(outcome.messages)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder("run")))
    // An encoder is no model.
    let inferred = try await CommandLineRunner.run(
      "infer", "--run", encoder, "--frames", set("frames/test"), "--annotations", set("test.json"), "--out",
      folder("submission.csv"))
    #expect([65, 66].contains(inferred.exitCode), "\(inferred.messages)")
    let fitted = try await CommandLineRunner.run(fit + ["--init", encoder])
    #expect(
      fitted.exitCode == 0 && fitted.messages.contains("the encoder is \(encoder)"), "\(fitted.messages)")
  }

  @Test("A run of several seeds goes on with the tokenizer that its encoder had, and with no other")
  func keptTokenizer() async throws {
    let (encoder, run) = (folder("encoder"), folder("run"))
    let vocabulary = try folder.write(
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##e\n##n\nhow\nto\n", to: "vocab.txt")
    let made = try await CommandLineRunner.run(
      arguments(out: encoder, "--max-steps", "2", "--tokenizer", vocabulary))
    #expect(made.exitCode == 0, "\(made.messages)")
    let videos = [
      "fit", "--frames", set("frames/labeled"), "--annotations", set("labeled.json"), "--out", run,
    ]
    let computing = ["--threads", "1", "--precision", "fp32", "--no-floor"]
    let begun = try await CommandLineRunner.run(
      videos + ["--init", encoder, "--seeds", "2", "--folds", "2", "--max-steps", "2"] + computing)
    #expect(begun.exitCode == 0, "\(begun.messages)")
    try FileManager.default.removeItem(atPath: encoder)
    let goOn =
      videos + ["--config", "\(run)/seed-1/configuration.yaml", "--seeds", "2", "--resume"] + computing
    let gone = try await CommandLineRunner.run(goOn)
    #expect(gone.exitCode == 0, "\(gone.messages)")
    try await CommandLineRunner.run(goOn + ["--tokenizer", folder("nothing.model")])
      .expectError(66, saying: "nothing.model")
    try await CommandLineRunner.run(goOn + ["--tokenizer", Repository.path("vocab/zh-en-8k.model")])
      .expectErrorAtEnd(64, saying: "another tokenizer")
  }
}
