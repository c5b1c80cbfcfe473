import Foundation
import Glibc
import Storage
import SystemPackage
import Testing

@testable import framewise

@Suite("What a command reads and makes")
struct CommandFilesTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("[]", to: "a.json")
  }

  private func check(_ change: (inout CommandFiles) -> Void) -> (any ReportableError)? {
    var files = CommandFiles()
    files.read("--annotations", folder.path.appending("a.json"))
    change(&files)
    do {
      try files.check()
      return nil
    } catch {
      return error as? any ReportableError
    }
  }

  private func make(_ name: String, overwrite: Bool = true) -> (any ReportableError)? {
    check { $0.make("--out", folder.path.pushing(FilePath(name)), existing: .asked(overwrite: overwrite)) }
  }

  @Test("A folder that takes no file is told of before the work, also by commands that make folders")
  func closed() {
    func made(in folder: FilePath) -> (any ReportableError)? {
      check {
        $0.make(
          "--out", folder.appending("x.model"), existing: .asked(overwrite: false), hasFolder: true)
      }
    }
    #expect(made(in: "/proc")?.kind == .cannotCreate)
    #expect(made(in: folder.path) == nil && made(in: folder.path.appending("new")) == nil)
  }

  @Test("An input is never written over, whichever way leads to it, and however much the user wants it")
  func inputs() throws {
    try #require(symlink("a.json", folder("soft")) == 0 && link(folder("a.json"), folder("hard")) == 0)
    try FileManager.default.createDirectory(atPath: folder("deep"), withIntermediateDirectories: false)
    try #require(symlink("../soft", folder("deep/softer")) == 0)
    for name in ["a.json", "./a.json", "deep/../a.json", "soft", "hard", "deep/softer"] {
      let error = make(name)
      #expect(error?.kind == .usage, "\(name)")
      #expect(error?.description.contains("--out: is the same file as --annotations") == true, "\(name)")
    }
    #expect(make("b.json") == nil)
  }

  @Test("No file of a folder that is read is written over; new ones may be put there")
  func folders() throws {
    try FileManager.default.createDirectory(atPath: folder("run/fold-00"), withIntermediateDirectories: true)
    try folder.write("mine", to: "run/fold-00/config.json")
    try #require(symlink("run", folder("other")) == 0)
    func make(_ name: String, _ existing: CommandFiles.Existing) -> (any ReportableError)? {
      check {
        $0.read("--run", folder.path.appending("other"))
        $0.make("--out", folder.path.pushing(FilePath(name)), existing: existing)
      }
    }
    for name in ["run/fold-00/config.json", "other/fold-00/config.json"] {
      let error = make(name, .asked(overwrite: true))
      #expect(error?.kind == .usage && error?.description.contains("which --run reads") == true, "\(name)")
      #expect(make(name, .replaced) == nil)
    }
    #expect(make("run/fold-00/new.csv", .asked(overwrite: true)) == nil)
  }

  @Test("What is there is replaced only if the user says so; a stream is no file that could be")
  func existing() throws {
    try folder.write("mine", to: "b.csv")
    try #require(symlink("b.csv", folder("link")) == 0 && mkfifo(folder("fifo"), 0o600) == 0)
    for name in ["b.csv", "link"] {
      let error = make(name, overwrite: false)
      #expect(error?.kind == .cannotCreate && error?.description.contains("--overwrite") == true, "\(name)")
      #expect(make(name) == nil)
    }
    for name in ["fifo", "new.csv", "/dev/null", "/dev/stdout"] {
      #expect(make(name, overwrite: false) == nil)
    }
    #expect(make("deep/new.csv", overwrite: false)?.kind == .cannotCreate)
    #expect(try Folder.names(in: folder.path) == ["a.json", "b.csv", "fifo", "link"])
  }

  @Test("Two outputs are two files, also where neither is there yet")
  func outputs() throws {
    try FileManager.default.createDirectory(atPath: folder("deep"), withIntermediateDirectories: false)
    func pair(_ first: String, _ second: String) -> (any ReportableError)? {
      check {
        for (option, name) in [("--out", first), ("--predictions", second)] {
          $0.make(option, folder.path.appending("deep").pushing(FilePath(name)), existing: .replaced)
        }
      }
    }
    for (first, second) in [("x", "./x"), ("x", "../deep/x"), ("/dev/stdout", "/dev/fd/1")] {
      #expect(pair(first, second)?.description.contains("same file as --out") == true, "\(first) \(second)")
    }
    #expect(pair("x", "y") == nil && pair("/dev/null", "/dev/null") == nil)
  }

  @Test("Standard input can be read once, standard output written once")
  func standardStreams() {
    let twice = check {
      $0.read("submission", "/dev/stdin")
      $0.read("truth", "/dev/fd/0")
    }
    #expect(twice?.description.contains("truth: is the same file as submission") == true)
    let results = check {
      $0.make("--out", "/dev/stdout", existing: .refused)
      $0.printsJSON = true
    }
    #expect(results?.kind == .usage)
  }

  @Test(
    "Streams, links and devices as outputs of the program: each gets what a file would, and stays what it is")
  func vocabulary() async throws {
    let entries = (0..<40).map { #"{"id": "\#($0)", "title": "abba abab cddc \#($0)"}"# }
    let annotations = try folder.write("[\(entries.joined(separator: ","))]", to: "train.json")
    func vocab(_ out: String, _ more: String...) async throws -> CommandLineRunner.Outcome {
      try await CommandLineRunner.run(["vocab", annotations, "--size", "280", "--out", out] + more)
    }
    #expect(try await vocab(folder("file.model")).exitCode == 0)
    let expected = try folder.contents()["file.model"]
    try await vocab(folder("file.model")).expectError(73, saying: "file.model: is there already")
    try await vocab(annotations, "--overwrite").expectErrorAtEnd(73, saying: "train.json")

    try #require(symlink("target.model", folder("link.model")) == 0)
    #expect(try await vocab(folder("link.model")).exitCode == 0)
    #expect(try folder.contents()["target.model"] == expected)
    let attributes = try FileManager.default.attributesOfItem(atPath: folder("link.model"))
    #expect(attributes[.type] as? FileAttributeType == .typeSymbolicLink)

    let piped = try await CommandLineRunner.run(
      ["vocab", "-", "--size", "280", "--out", "-"],
      through: ["sh", "-c", "cat '\(annotations)' | \"$@\" | cat > '\(folder("piped.model"))'", "sh"])
    #expect(piped.messages.contains("280 pieces"), "\(piped.messages)")
    #expect(try folder.contents()["piped.model"] == expected)

    try #require(mkfifo(folder("fifo"), 0o600) == 0)
    let fifo = try await CommandLineRunner.run(
      ["vocab", annotations, "--size", "280", "--out", folder("fifo")],
      through: ["sh", "-c", "cat '\(folder("fifo"))' > '\(folder("read.model"))' & \"$@\" && wait", "sh"])
    #expect(fifo.exitCode == 0, "\(fifo.messages)")
    #expect(try folder.contents()["read.model"] == expected)
  }
}
