import Testing

@testable import Torch

@Suite struct PickleMachineTests {
  private func run(_ pickle: [UInt8], limit: Int) throws -> Pickle {
    var machine = PickleMachine(pickle[...], PickledContainers(limit: limit))
    return try machine.run()
  }

  @Test("The pickles of one file have one budget together")
  func together() throws {
    let pickle: [UInt8] = [0x4E, 0x30, 0x4E, 0x2E]
    let containers = PickledContainers(limit: 11)
    func next() throws {
      var machine = PickleMachine(pickle[...], containers)
      _ = try machine.run()
    }
    try next()
    try next()
    #expect(throws: PickleError.self) { try next() }
  }

  @Test("A pickle that goes on and on, or copies what it has, comes to an end")
  func endless() throws {
    let long = Pickles.joined((0..<9).flatMap { _ in [0x4E, 0x30] }, [0x4E, 0x2E])
    guard case .none = try run(long, limit: 20) else {
      Issue.record("not None")
      return
    }
    let error = #expect(throws: PickleError.self) { try run(long, limit: 19) }
    #expect(error?.reason == "its pickle has more instructions than any model needs")
    // A dictionary of three members, and objects that begin with them and would each have a copy of their own.
    let three = Pickles.joined([0x7D, 0x28], [0x4E, 0x4E, 0x4E, 0x4E, 0x4E, 0x4E], [0x75, 0x71, 0])
    let copies = (0..<4).flatMap { _ in [0x7D, 0x68, 0, 0x62] as [UInt8] }
    let copying = Pickles.joined(three, copies, [0x2E])
    #expect(throws: PickleError.self) { try run(copying, limit: 34) }
    _ = try run(copying, limit: 35)
  }
}
