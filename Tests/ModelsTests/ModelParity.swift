import Foundation
import NN
import ParityFixtures
import Testing
import Torch

extension ParityFixture {
  init(_ name: String) throws { try self.init(name, in: .module) }

  /// Whether each parameter's gradient equals the fixture's; a parameter without one in either must have none in both.
  /// - Parameter tolerance: of the largest element of a gradient, where that is above 1.
  func expectGradients(of store: ParameterStore, tolerance: Double = 1e-4) throws {
    for parameter in store.parameters {
      let name = "gradient.\(parameter.name)"
      guard file.contains(name) else {
        #expect((parameter.tensor.gradient?.absolute().maximum().item ?? 0) == 0, "\(parameter.name)")
        continue
      }
      let gradient = try #require(parameter.tensor.gradient, "\(parameter.name) has no gradient")
      let wanted = try tensor(name)
      let bound = tolerance * max(1, wanted.absolute().maximum().item)
      #expect(maximumDifference(gradient, wanted) <= bound, "\(parameter.name)")
    }
  }
}

/// Padded `[rows, size, …]` → packed `[tokens, …]`, by a mask that marks a prefix of each row.
func packed(_ padded: Tensor, lengths: [Int]) -> Tensor {
  .concatenated(lengths.enumerated().map { padded.selected(0, $0).narrowed(0, 0..<$1) })
}

/// The number of ones in each row of a mask.
func lengths(of mask: Tensor) -> [Int] { mask.sum(along: 1).values(Int64.self).map(Int.init) }
