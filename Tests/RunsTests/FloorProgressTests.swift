import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing

@testable import Runs

@Suite("Waiting for the floor of a run") struct FloorProgressTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  @Test("Whoever waits for linear models is told how far they are, and nobody waits who does not want them")
  func progress() throws {
    var told: [Int] = []
    func fit(_ name: String, hasFloor: Bool = true) throws -> RunReport {
      told = []
      return try Fit(
        configuration: try TinyData.configuration("training.maximum_steps=1"), annotations: data.annotations,
        source: data.source,
        tokenizer: data.tokenizer, hasFloor: hasFloor, folder: RunFolder(folder.path.appending(name)),
        runtime: TinyData.runtime(), cacheBytes: 1 << 20
      ) { event in
        if case .floor(let floor) = event, floor.folds == 2 { told.append(floor.done) }
      }.run()
    }
    _ = try fit("run")
    #expect(told == [0, 1, 2])
    #expect(try fit("run").floor != nil && told.isEmpty, "what is there is not made again")
    let without = try fit("without", hasFloor: false)
    #expect(without.floor == nil && without.outOfFold != nil && told.isEmpty)
    #expect(!Folder.exists(folder.path.appending("without").appending("floor")))
  }
}
