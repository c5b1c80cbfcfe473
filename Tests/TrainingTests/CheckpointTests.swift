import Foundation
import Glibc
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Training

@Suite("Checkpoints") struct CheckpointTests {
  let folder: TemporaryFolder
  var checkpoints: CheckpointFolder { CheckpointFolder(path: folder.path.appending("checkpoints")) }

  init() throws {
    folder = try TemporaryFolder()
    try checkpoints.open()
  }

  private func state(_ step: Int) -> CheckpointDescription.State {
    var progress = FoldProgress()
    for number in 0..<step { progress.count(loss: 0.1 * Double(number) + 1e-17) }
    return .init(fold: 3, progress: progress, counts: ["optimizer/steps": step])
  }

  private let tensors = [
    "model/a": Tensor([1, .nan, -0.0, 1e-38] as [Float]), "random/cpu": Tensor((0...255).map(UInt8.init)),
  ]

  private func files(_ step: Int) -> [FilePath] {
    ["json", "safetensors"].map { checkpoints.path.appending("step-\(step).\($0)") }
  }

  @Test("What is written is read, bit for bit, and the newest comes first")
  func roundTrip() throws {
    for step in [9, 100, 12] { try checkpoints.write(state(step), tensors) }
    #expect(try checkpoints.steps() == [100, 12, 9])
    let checkpoint = try checkpoints.read(12)
    #expect(checkpoint.state == state(12))
    for (name, tensor) in tensors { #expect(try checkpoint.tensors.tensor(name).bytes == tensor.bytes) }
    try checkpoints.keepOnly([12, 100])
    #expect(try Folder.names(in: checkpoints.path).count == 4)
    checkpoints.remove()
    #expect(!Folder.exists(checkpoints.path))
  }

  @Test("A flipped bit anywhere, a missing end, a byte more and a missing file are noticed")
  func damage() throws {
    try checkpoints.write(state(5), tensors)
    for path in files(5) {
      let whole = try Data(contentsOf: URL(filePath: path.string))
      func expectDamaged(_ data: Data?, _ what: String) throws {
        if let data { try data.write(to: URL(filePath: path.string)) } else { unlink(path.string) }
        let error = #expect(throws: (any Error).self, "\(what)") { try checkpoints.read(5) }
        #expect(error is any ReportableError)
        try whole.write(to: URL(filePath: path.string))
      }
      for place in stride(from: 0, to: whole.count, by: 7) {
        var flipped = whole
        flipped[place] ^= UInt8(1 << (place % 8))
        // White space between the parts of JSON means nothing.
        if let same = try? JSONDecoder().decode(CheckpointDescription.self, from: flipped),
          same
            == (try JSONDecoder().decode(
              CheckpointDescription.self, from: Data(contentsOf: URL(filePath: files(5)[0].string)))),
          path == files(5)[0]
        {
          continue
        }
        try expectDamaged(flipped, "\(path) with a flipped bit at \(place)")
      }
      for length in [0, 1, whole.count / 2, whole.count - 2] {
        try expectDamaged(whole.prefix(length), "cut")
      }
      if path == files(5)[1] { try expectDamaged(whole + [0], "longer") }
      try expectDamaged(nil, "missing")
    }
    _ = try checkpoints.read(5)
  }

  @Test("A checkpoint without its JSON, as a kill leaves it, is none; half-written files go")
  func half() throws {
    try checkpoints.write(state(5), tensors)
    unlink(files(5)[0].string)
    try AtomicFile.write("half", to: checkpoints.path.appending(".step-6.json.partial-1-1"))
    #expect(try checkpoints.steps().isEmpty)
    try checkpoints.open()
    #expect(try Folder.names(in: checkpoints.path) == ["step-5.safetensors"])
  }

  @Test("A folder that another process is at work in is refused, until that one ends")
  func lock() throws {
    do {
      let lock = try FolderLock(folder.path)
      #expect(throws: FolderInUse.self) { _ = try FolderLock(folder.path) }
      withExtendedLifetime(lock) {}
    }
    _ = try FolderLock(folder.path)
  }

  @Test("The checksum is the CRC-32 that everybody computes")
  func checksum() {
    var checksum = Checksum()
    checksum.add(Array("1234".utf8))
    checksum.add([])
    checksum.add(Array("56789".utf8))
    #expect(checksum.text == "cbf43926" && checksum.count == 9)
    #expect(Checksum().text == "00000000")
  }
}
