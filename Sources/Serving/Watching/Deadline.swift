/// Runs `body` until `deadline`; then it is cancelled, and `refusal` is what came of it.
/// - Throws: `refusal`, what `body` throws, and `CancellationError`.
package func until<Value: Sendable>(
  _ deadline: ContinuousClock.Instant, or refusal: Refusal,
  _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(until: deadline, clock: .continuous)
      return nil
    }
    defer { group.cancelAll() }
    guard let first = try await group.next(), let value = first else { throw refusal }
    return value
  }
}
