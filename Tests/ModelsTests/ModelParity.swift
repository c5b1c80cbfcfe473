import Foundation
import NN
import ParityFixtures
import Testing
import Torch

extension ParityFixture {
  init(_ name: String) throws { try self.init(name, in: .module) }

  /// Whether each parameter's gradient equals the fixture's; a parameter without one in either must have none in both.
  /// - Parameter tolerance: see `bound`.
  func expectGradients(of store: ParameterStore, tolerance: Double = 1e-4) throws {
    for parameter in store.parameters {
      let name = "gradient.\(parameter.name)"
      guard file.contains(name) else {
        #expect((parameter.tensor.gradient?.absolute().maximum().item ?? 0) == 0, "\(parameter.name)")
        continue
      }
      let gradient = try #require(parameter.tensor.gradient, "\(parameter.name) has no gradient")
      let wanted = try tensor(name)
      #expect(maximumDifference(gradient, wanted) <= Self.bound(wanted, tolerance), "\(parameter.name)")
    }
  }
}

extension ParityFixture {
  /// How far a gradient may be off: ten times the tolerance relative to its largest element, and the tolerance in itself,
  /// or relative to the largest element where that is above 1.
  static func bound(_ wanted: Tensor, _ tolerance: Double = 1e-4) -> Double {
    let largest = wanted.absolute().maximum().item
    return min(tolerance * max(1, largest), 10 * tolerance * largest + 1e-6)
  }
}

/// Padded `[rows, size, …]` → packed `[tokens, …]`, by a mask that marks a prefix of each row.
func packed(_ padded: Tensor, lengths: [Int]) -> Tensor {
  .concatenated(lengths.enumerated().map { padded.selected(0, $0).narrowed(0, 0..<$1) })
}

/// The number of ones in each row of a mask.
func lengths(of mask: Tensor) -> [Int] { mask.sum(along: 1).values(Int64.self).map(Int.init) }
