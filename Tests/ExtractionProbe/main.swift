import Dataset
import Extraction
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
//   extraction-probe check ANNOTATIONS OUT             whether each id is in a shard or in the ledger, and readable

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  switch (arguments.first, arguments.count) {
  case ("extract", 6): try extract(arguments)
  case ("mutate", 5...): try mutate(arguments)
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
