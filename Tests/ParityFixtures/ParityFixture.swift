package import Foundation
package import NN
import SystemPackage
package import Torch

/// A file of inputs and results that `scripts/make_model_fixtures.py` took from a published implementation.
package struct ParityFixture {
  package let file: Safetensors

  /// - Parameter bundle: that of the test target that carries the file in `Fixtures`.
  package init(_ name: String, in bundle: Bundle) throws {
    let url = bundle.bundleURL.appending(path: "Fixtures/\(name).safetensors")
    file = try Safetensors(FilePath(url.path))
  }

  package func configuration<Configuration: Decodable>(
    _: Configuration.Type = Configuration.self
  ) throws -> Configuration {
    try JSONDecoder().decode(Configuration.self, from: Data(file.metadata["config", default: ""].utf8))
  }

  package func tensor(_ name: String) throws -> Tensor { try file.tensor(name) }

  /// A store that reads the tensors whose names begin with `prefix` from a checkpoint of their own, by their names
  /// without it: as users load published weights.
  package func withWeights<Result>(
    prefix: String = "weight.", _ body: (ParameterStore) throws -> Result
  ) throws -> Result {
    let names = file.names.filter { $0.hasPrefix(prefix) }
    let weights = try Dictionary(
      uniqueKeysWithValues: names.map { (String($0.dropFirst(prefix.count)), try file.tensor($0)) })
    let path = FilePath(NSTemporaryDirectory()).appending("framewise-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    try Safetensors.write(weights, to: path)
    return try body(ParameterStore(checkpoint: Safetensors(path)))
  }
}

/// The largest absolute difference of two tensors of one shape; infinite where the shapes differ or a number is not
/// finite.
package func maximumDifference(_ left: Tensor, _ right: Tensor) -> Double {
  guard left.shape == right.shape else { return .infinity }
  guard left.count > 0 else { return 0 }
  let difference = (left.to(.float32) - right.to(.float32)).absolute().maximum().item
  return difference.isFinite ? difference : .infinity
}
