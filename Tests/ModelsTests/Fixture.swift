import Foundation
import Models
import NN
import SystemPackage
import Testing
import Torch

/// A parity fixture that `scripts/make_model_fixtures.py` made from a published implementation.
struct Fixture {
  let file: Safetensors

  init(_ name: String) throws {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Fixtures"))
    file = try Safetensors(FilePath(url.path))
  }

  func configuration<Configuration: Decodable>(_: Configuration.Type = Configuration.self) throws
    -> Configuration
  {
    let json = try #require(file.metadata["config"])
    return try JSONDecoder().decode(Configuration.self, from: Data(json.utf8))
  }

  func tensor(_ name: String) throws -> Tensor { try file.tensor(name) }

  /// A store that reads the fixture's weights from a checkpoint of their own, by their published names, as users do.
  func withWeights<Result>(_ body: (ParameterStore) throws -> Result) throws -> Result {
    let prefix = "weight."
    let names = file.names.filter { $0.hasPrefix(prefix) }
    let weights = try Dictionary(
      uniqueKeysWithValues: names.map { (String($0.dropFirst(prefix.count)), try file.tensor($0)) })
    let path = FilePath(NSTemporaryDirectory()).appending("framewise-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    try Safetensors.write(weights, to: path)
    return try body(ParameterStore(checkpoint: Safetensors(path)))
  }

  /// Whether each parameter's gradient equals the fixture's; a parameter without one in either must have none in both.
  func expectGradients(of store: ParameterStore, tolerance: Double = 1e-4) throws {
    for parameter in store.parameters {
      let name = "gradient.\(parameter.name)"
      guard file.contains(name) else {
        #expect((parameter.tensor.gradient?.absolute().maximum().item ?? 0) == 0, "\(parameter.name)")
        continue
      }
      let gradient = try #require(parameter.tensor.gradient, "\(parameter.name) has no gradient")
      #expect(maximumDifference(gradient, try tensor(name)) <= tolerance, "\(parameter.name)")
    }
  }
}

/// The largest absolute difference of two tensors of one shape; infinite where the shapes differ.
func maximumDifference(_ left: Tensor, _ right: Tensor) -> Double {
  guard left.shape == right.shape else { return .infinity }
  return (left.to(.float32) - right.to(.float32)).absolute().maximum().item
}

/// Padded `[rows, size, …]` → packed `[tokens, …]`, by a mask that marks a prefix of each row.
func packed(_ padded: Tensor, lengths: [Int]) -> Tensor {
  .concatenated(lengths.enumerated().map { padded.selected(0, $0).narrowed(0, 0..<$1) })
}

/// The number of ones in each row of a mask.
func lengths(of mask: Tensor) -> [Int] { mask.sum(along: 1).values(Int64.self).map(Int.init) }
