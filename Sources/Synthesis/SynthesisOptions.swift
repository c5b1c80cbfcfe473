package import Storage

/// What a synthetic set is to be like. Equal options give equal bytes.
package struct SynthesisOptions: Sendable, Equatable {
  /// How many of the videos are for testing: a share of them, 0…1, or a number.
  package enum TestSet: Sendable, Equatable {
    case share(Double)
    case count(Int)
  }

  package var videos = 200
  package var classes = 12
  package var seed: UInt64 = 1
  package var test = TestSet.share(0.2)
  /// Length of the videos, chosen between these.
  package var seconds = 2.0...6.0
  /// How many videos are damaged files: cut short, empty, or no video at all.
  package var broken = 0

  package init() {}

  /// - Throws: `SynthesisError` naming the option that cannot be.
  func validated() throws(SynthesisError) -> SynthesisOptions {
    guard CategoryPlan.counts.contains(classes) else {
      throw SynthesisError(
        "--classes",
        "\(classes) is not in \(CategoryPlan.counts.lowerBound)…\(CategoryPlan.counts.upperBound)")
    }
    guard (classes...100_000).contains(videos) else {
      throw SynthesisError("--videos", "\(videos) is not in \(classes) (one for each class) … 100000")
    }
    guard (0...videos).contains(broken) else {
      throw SynthesisError("--broken", "\(broken) is not in 0…\(videos), the number of videos")
    }
    guard seconds.lowerBound >= 0.5, seconds.upperBound <= 600 else {
      throw SynthesisError("--seconds", "\(seconds) is not within 0.5…600")
    }
    switch test {
    case .share(let share) where !(0..<1).contains(share):
      throw SynthesisError("--test-fraction", "\(share) is not in 0…1, or leaves nothing to train on")
    case .count(let count) where !(0...(videos - classes)).contains(count):
      throw SynthesisError(
        "--test", "\(count) is not in 0…\(videos - classes), which leaves one video of each class to train on"
      )
    default: return self
    }
  }

  var testCount: Int {
    switch test {
    case .share(let share): min(Int((Double(videos) * share).rounded()), videos - classes)
    case .count(let count): count
    }
  }
}

/// Options that no set can have.
package struct SynthesisError: ReportableError, Equatable {
  let option: String
  let problem: String

  init(_ option: String, _ problem: String) { (self.option, self.problem) = (option, problem) }

  package var kind: ErrorKind { .usage }
  package var description: String { "\(option): \(problem)" }
}
