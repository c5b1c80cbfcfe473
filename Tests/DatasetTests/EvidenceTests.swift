import Testing

@testable import Dataset

@Suite("Evidence") struct EvidenceTests {
  @Test(
    "Values that do not add up are warned of, from one percentage point on",
    arguments: [(0.0099, false), (-0.0099, false), (0.011, true), (-0.5, true), (.nan, true)])
  func warning(_ gap: Double, _ isWarned: Bool) {
    let warning = Evidence(baseline: 0.5, words: [], frames: [], steps: 4, gap: gap).warning
    #expect((warning != nil) == isWarned)
    #expect(warning.map { $0.contains("4 steps are too few") } ?? true)
  }
}
