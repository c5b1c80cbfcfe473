#if Videos
import ArgumentParser
import Dataset
import Extraction
import Foundation
import Glibc
import Serving
import Storage
import SystemPackage
import Terminal

struct ServeCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer over HTTP what category a video is of.",
    discussion: """
      Reads the models of a run and answers at /v1/classify: a video file with its title, speech and on-screen text, or \
      texts alone, in; categories with their probabilities out. /openapi.json describes all of it, / is a page for \
      people, /metrics is for Prometheus, and /v2 speaks the Open Inference Protocol. Files are read by processes of \
      their own that can do nothing else; requests that come together are computed together, and no answer depends on \
      another request.

      Listens on this machine alone unless --host says otherwise, and answers no page of another site. On SIGTERM or Ctrl-C it lets nobody in any more, \
      finishes what is under way and ends with 0; a second one ends it at once.

      Examples:
        framewise serve --run runs/first
        framewise serve --run runs/first --host 0.0.0.0 --port 8080 \\
          --token-file token.txt
        framewise serve --run runs/first/fold-00/model --jobs 4 --max-wait 10 \\
          --max-upload 64 --time-limit 20
        framewise serve --run runs/first --allow-host videos.example.org
      """)

  @Option(name: .customLong("run"), help: "A run folder, or one model folder.")
  var runFolder: FilePath

  @Option(help: "The address to listen on; 0.0.0.0 is every one that this machine has.")
  var host = "127.0.0.1"

  @Option(help: "The port; 0 takes one that is free.")
  var port = 8080

  @Option(
    help: ArgumentHelp(
      """
      A name by which clients know this server, such as a proxy's; may be given several times. With one, or where it \
      listens on this machine alone, it answers to no name but these, localhost and addresses.
      """, valueName: "name"))
  var allowHost: [String] = []

  @Option(help: "A file with a token of one line, which clients have to show: Authorization: Bearer …")
  var tokenFile: FilePath?

  @Option(help: "What clients call the model. (default: the name of the run's folder)")
  var modelName: String?

  @Option(help: "Videos that are read at the same time. (default: the processors that it may run on)")
  var jobs: Int?

  @Option(
    help: """
      Milliseconds that a video waits at most for others that are on their way, to be computed with them: a quarter of the time \
      that it has taken so far.
      """)
  var maxWait = ServeSettings.Packing().waitMilliseconds

  @Option(help: "Text tokens that are computed together. (default: by the device)")
  var batchTokens: Int?

  @Option(help: "Frames that are computed together. (default: by the device)")
  var batchFrames: Int?

  @Option(help: "MiB of a request.")
  var maxUpload = ServeSettings.Limits().uploadBytes >> 20

  @Option(
    help:
      "MiB of all uploads that are kept at a time. (default: \(ServeSettings.Limits().spoolBytes >> 20), or one)"
  )
  var maxSpool: Int?

  @Option(help: "Seconds of a video.")
  var maxDuration = ServeSettings.Limits().videoSeconds

  @Option(help: "Videos in a request.")
  var maxVideos = ServeSettings.Limits().videos

  @Option(help: "Videos under way at a time; who comes on top is told to try again.")
  var queue = ServeSettings.Limits().queue

  @Option(help: "Seconds for a request, its upload included.")
  var timeLimit = ServeSettings.Limits().requestSeconds

  @Option(help: "Seconds in which something of an answer has to be taken.")
  var answerTimeLimit = ServeSettings.Limits().answerSeconds

  @Option(help: "Seconds for reading one video.")
  var readTimeLimit = ServeSettings.Limits().readingSeconds

  @Option(help: "Memory for each process that reads videos, in MiB.")
  var memoryLimit = ServeSettings.Limits().readingBytes >> 20

  @Option(help: "The folder for uploads while they are needed. (default: the system's for temporary files)")
  var spool: FilePath?

  @OptionGroup var categories: CategoryOptions
  @OptionGroup var frames: FrameOptions
  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    func require(_ holds: Bool, _ rule: String) throws {
      if !holds { throw ValidationError(rule) }
    }
    try require(!host.isEmpty, "--host is an address.")
    try require(0...65535 ~= port, "--port is 0 to 65535.")
    try require(
      allowHost.allSatisfy { 1...253 ~= $0.utf8.count && $0.utf8.allSatisfy(Self.isNameByte) },
      "--allow-host is a name such as videos.example.org, without a port.")
    try require(
      modelName.map(Self.isName) ?? true, "--model-name is 1 to 64 letters, digits, '-', '_' and '.'.")
    try require(1...1024 ~= jobs ?? 1, "--jobs is 1 to 1024.")
    try require(0...10_000 ~= maxWait, "--max-wait is 0 to 10000.")
    try require(1...(1 << 24) ~= batchTokens ?? 1, "--batch-tokens is 1 to 16777216.")
    try require(1...(1 << 20) ~= batchFrames ?? 1, "--batch-frames is 1 to 1048576.")
    try require(1...(1 << 20) ~= maxUpload, "--max-upload is 1 to 1048576.")
    try require(maxUpload...(1 << 24) ~= maxSpool ?? maxUpload, "--max-spool is --max-upload to 16777216.")
    try require(maxDuration > 0 && maxDuration <= 1e9, "--max-duration is above 0, up to 1000000000.")
    try require(1...10_000 ~= maxVideos, "--max-videos is 1 to 10000.")
    try require(maxVideos...100_000 ~= queue, "--queue is --max-videos to 100000.")
    try require(timeLimit > 0 && timeLimit <= 86_400, "--time-limit is above 0, up to 86400.")
    try require(
      answerTimeLimit > 0 && answerTimeLimit <= 86_400, "--answer-time-limit is above 0, up to 86400.")
    try require(readTimeLimit > 0 && readTimeLimit <= 86_400, "--read-time-limit is above 0, up to 86400.")
    try require(64...(1 << 20) ~= memoryLimit, "--memory-limit is 64 to 1048576.")
    let descriptors = ServeSettings.descriptors(queue: queue, jobs: jobs ?? Processors.available)
    try require(
      descriptors <= OpenFiles.most,
      "--queue and --jobs ask for \(descriptors) open files and sockets, and the system allows \(OpenFiles.most) (ulimit -n)."
    )
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("--run", runFolder)
    files.read("--token-file", tokenFile)
    files.add(categories.files)
    return files
  }

  func run() throws {
    guard Folder.isFolder(runFolder) else {
      throw FileError(.read, runFolder, Folder.exists(runFolder) ? .notDirectory : .noSuchFileOrDirectory)
    }
    let settings = try settings(Console.standard)
    if !settings.address.isLoopback, tokenFile == nil {
      Console.standard.warning("anybody who gets to \(host) can ask: --token-file keeps others out")
    }
    try Self.become(settings)
  }

  private func settings(_ console: Console) throws -> ServeSettings {
    var settings = ServeSettings(
      run: runFolder.string, modelName: modelName ?? Self.name(of: runFolder), program: Framewise.program,
      address: .init(host: host, port: port, tokenFile: tokenFile?.string, names: allowHost),
      extraction: try frames.extraction(ofRun: runFolder, console),
      computing: compute.computing, jobs: jobs ?? Processors.available,
      spool: spool?.string ?? FileManager.default.temporaryDirectory.path)
    settings.categoryNames = categories.categories?.path.string
    settings.limits.uploadBytes = maxUpload << 20
    settings.limits.spoolBytes = maxSpool.map { $0 << 20 } ?? max(settings.limits.spoolBytes, maxUpload << 20)
    settings.limits.videos = maxVideos
    settings.limits.queue = queue
    settings.limits.requestSeconds = timeLimit
    settings.limits.answerSeconds = answerTimeLimit
    settings.limits.readingSeconds = readTimeLimit
    settings.limits.videoSeconds = maxDuration
    settings.limits.readingBytes = memoryLimit << 20
    settings.packing.waitMilliseconds = maxWait
    settings.packing.tokens = batchTokens
    settings.packing.frames = batchFrames
    return settings
  }

  /// What may stand in an address as it is.
  private static func isName(_ text: String) -> Bool {
    1...64 ~= text.utf8.count && text.utf8.allSatisfy(isNameByte) && text != "." && text != ".."
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: "-_.".utf8.contains(byte)
    }
  }

  private static func name(of folder: FilePath) -> String {
    let name = folder.lastComponent?.string ?? ""
    return isName(name) ? name : "framewise"
  }

  /// Starts the program that serves, which lies beside this one, in the place of this one: signals and exit code are its.
  /// - Throws: `NoServer`
  private static func become(_ settings: ServeSettings) throws -> Never {
    let program = Extractor.programBesideThis.removingLastComponent().appending("framewise-serve")
    let arguments = [program.string, String(decoding: JSONText.encode(settings), as: UTF8.self)]
    var pointers = arguments.map { strdup($0) } + [nil]
    // OpenMP reads this when it is loaded. Threads that spin while they wait for their next share take the processors from
    // those that read videos: a third of the videos a second.
    setenv("OMP_WAIT_POLICY", "PASSIVE", 0)
    execv(program.string, &pointers)
    throw NoServer(program: program, reason: Errno(rawValue: errno))
  }
}

/// The program that serves is not where it belongs.
private struct NoServer: ReportableError {
  let program: FilePath
  let reason: Errno

  var kind: ErrorKind { .internal }
  var description: String { "\(program): \(reason); it belongs beside framewise" }
}
#endif
