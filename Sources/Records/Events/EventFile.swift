import Storage
package import SystemPackage

/// `events.jsonl` of a fold, as its readers see it.
package struct EventFile {
  private let path: FilePath

  package init(_ path: FilePath) { self.path = path }

  /// All events, in their order.
  package func all() throws -> [FitEvent] { try JSONLines.read(FitEvent.self, from: path) }

  /// Gives away the events in their order; nothing of the file stays in memory.
  package func visit(_ body: (FitEvent) throws -> Void) throws {
    try JSONLines.visit(FitEvent.self, from: path, body)
  }

  /// What came of the epochs, and what they took.
  package func epochs() throws -> [(result: EpochResult, cost: EpochCost)] {
    try all().compactMap { event in
      if case .epoch(let result, let cost) = event { (result, cost) } else { nil }
    }
  }
}
