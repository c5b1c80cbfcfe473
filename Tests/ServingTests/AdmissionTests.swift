import Testing

@testable import Serving

@Suite("Who is let in") struct AdmissionTests {
  private func reason(_ body: () throws -> Void) -> Refusal.Reason? {
    do { try body() } catch let refusal as Refusal { return refusal.reason } catch {}
    return nil
  }

  @Test("As many videos as there are places, and more when some have left")
  func places() throws {
    let admission = Admission(most: 3)
    let first = try AdmittedRequest(admission)
    try first.hold(2)
    let second = try AdmittedRequest(admission)
    #expect(reason { _ = try AdmittedRequest(admission) } == .queueFull)
    #expect(reason { try second.hold(2) } == .queueFull)
    first.leave()
    #expect(admission.taken == 1)
    try second.hold(3)
    second.leave()
    #expect(admission.taken == 0)
  }

  @Test("When it drains nobody is let in, those who are in go on, and it ends with the last")
  func draining() async throws {
    let admission = Admission(most: 3)
    let request = try AdmittedRequest(admission)
    async let drained: Void = admission.drain()
    while !admission.isDraining { await Task.yield() }
    #expect(reason { _ = try AdmittedRequest(admission) } == .draining)
    try request.hold(2)
    request.leave()
    await drained
    await admission.drain()
    #expect(admission.taken == 0)
  }

  @Test("What is not over in time is given up, and says so")
  func deadline() async throws {
    let late = Refusal(.timeout, "late")
    await #expect(throws: late) { try await until(.now, or: late) { try await Promise<Int>().value } }
    #expect(try await until(.now + .seconds(3600), or: late) { 1 } == 1)
  }

  @Test("A promise is kept once, and whoever gives up waiting is answered at once")
  func promises() async throws {
    let kept = Promise<Int>()
    kept.keep(.success(1))
    kept.keep(.success(2))
    #expect(try await kept.value == 1)
    let open = Promise<Int>()
    let waiting = Task { try await open.value }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(open.isSettled)
    open.keep(.success(3))
  }
}
