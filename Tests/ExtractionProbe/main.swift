import Dataset
import Extraction
import Foundation
import Glibc
import Media
import Mutations
import Storage
import SystemPackage

// What the tests and scripts of extraction need as a process of its own, without libtorch, which takes half a second
// to load.
//
//   extraction-probe extract VIDEOS ANNOTATIONS OUT WORKERS SHARD-SIZE
//   extraction-probe mutate SEED COUNT FOLDER FILE…    damaged videos FOLDER/videos and FOLDER/annotations.json
//   extraction-probe simulate WORKERS VIDEOS FRAMES BYTES MILLISECONDS    what the supervisor costs, with workers that only wait
//   extraction-probe check ANNOTATIONS OUT             whether each id is in a shard or in the ledger, and readable

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  switch (arguments.first, arguments.count) {
  case ("extract", 6): try extract(arguments)
  case ("mutate", 5...): try mutate(arguments)
  case ("simulate", 6): try simulate(arguments.dropFirst().compactMap { Int($0) })
  case ("check", 3): try check(arguments)
  default: fail("wrong usage", 64)
  }
} catch {
  fail("\(error)", 70)
}

func fail(_ problem: String, _ code: Int32) -> Never {
  _ = try? FileDescriptor.standardError.writeAll("extraction-probe: \(problem)\n".utf8)
  exit(code)
}

func extract(_ arguments: [String]) throws {
  var extractor = Extractor(
    videos: FilePath(arguments[1]), annotations: FilePath(arguments[2]), output: FilePath(arguments[3]))
  guard let workers = Int(arguments[4]), let shardSize = Int(arguments[5]) else { fail("wrong usage", 64) }
  (extractor.workers, extractor.shardSize, extractor.options.shortSide) = (workers, shardSize, 32)
  _ = try extractor.run()
}

func mutate(_ arguments: [String]) throws {
  guard let seed = UInt64(arguments[1]), let count = Int(arguments[2]) else { fail("wrong usage", 64) }
  let files = try arguments[4...].map { try Files.read(FilePath($0)) }.filter { !$0.isEmpty }
  guard !files.isEmpty else { fail("no files", 66) }
  let folder = FilePath(arguments[3])
  try Folder.create(folder.appending("videos"))
  var mutator = Mutator(seed: seed)
  var annotations: [Annotation] = []
  for number in 0..<count {
    let id = "f\(number)"
    annotations.append(Annotation(id: id))
    try AtomicFile.write(mutator.next(files), to: folder.appending("videos/\(id).bin"))
  }
  try AnnotationFile.write(annotations, to: folder.appending("annotations.json"))
}

func check(_ arguments: [String]) throws {
  let ids = Array(try AnnotationFile.ids(of: FilePath(arguments[1])) { print($0) })
  let frames = try ShardedFrames(FilePath(arguments[2]))
  let rows = try QuarantineRow.read(fromFolder: FilePath(arguments[2]))
  let ledger = Dictionary(rows.map { ($0.id, $0) }) { $1 }
  guard frames.problems.isEmpty, Set(ledger.keys).count == rows.count else { fail("\(frames.problems)", 65) }
  var (whole, truncated, without) = (0, 0, 0)
  for id in ids {
    switch (frames.sample(id), ledger[id]) {
    case (.success, nil): whole += 1
    case (.success(let stored), let row?) where row.reason == .truncated && row.frames == stored.jpegs.count:
      truncated += 1
    case (.failure, let row?) where row.reason != .truncated: without += 1
    default: fail("\(id) is lost", 65)
    }
  }
  print("\(ids.count) videos: \(whole) whole, \(truncated) truncated, \(without) without frames")
}

/// Workers that wait instead of reading, so that any number of them can be at work on any machine.
func simulate(_ numbers: [Int]) throws {
  guard numbers.count == 5, numbers.allSatisfy({ $0 > 0 }) else { fail("wrong usage", 64) }
  let (workers, videos) = (numbers[0], numbers[1])
  let folder = FilePath("/tmp/framewise-simulation-\(getpid())")
  defer { try? FileManager.default.removeItem(atPath: folder.string) }
  try Folder.create(folder.appending("videos"))
  let deed = "frames \(numbers[2]) \(numbers[3]) \(numbers[4])"
  for number in 0..<videos {
    try AtomicFile.write(Array(deed.utf8), to: folder.appending("videos/v\(number).mp4"))
  }
  let annotations = folder.appending("annotations.json")
  try AnnotationFile.write((0..<videos).map { Annotation(id: "v\($0)") }, to: annotations)
  var extractor = Extractor(
    videos: folder.appending("videos"), annotations: annotations, output: folder.appending("out"))
  extractor.workers = workers
  extractor.program = Extractor.programBesideThis.removingLastComponent().appending("hostile-worker")
  var (start, end) = (Moment(), Moment())
  var first = 0
  _ = try extractor.run { progress in
    // What counts begins when all workers are there.
    if first == 0, progress.videos >= 2 * workers { (start, first) = (Moment(), progress.videos) }
    end = Moment()
  }
  let count = Double(videos - first)
  func text(_ number: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", number) }
  print(
    """
    \(workers) workers: \(text(count / (end.time - start.time), 0)) videos a second; for each, the supervisor's thread \
    computes for \(text((end.thread - start.thread) / count * 1000, 2)) ms, all its threads for \
    \(text((end.process - start.process) / count * 1000, 2)) ms
    """)
}

/// Seconds: of a clock, and for which this process and this thread have computed.
struct Moment {
  var time = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
  var process = Self.seconds(0)  // RUSAGE_SELF
  var thread = Self.seconds(1)  // RUSAGE_THREAD, which needs _GNU_SOURCE

  private static func seconds(_ who: __rusage_who_t) -> Double {
    var usage = rusage()
    getrusage(who, &usage)
    return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
  }
}
