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

  /// The root of a store with the fixture's weights, as users load published ones.
  /// - Parameter prefix: what their names begin with here.
  /// - Parameter ignoring: see `Scope.reading`.
  package func weights(
    in store: ParameterStore, under prefix: String = "weight.", ignoring: [String] = []
  ) -> Scope {
    store.root.reading(file, under: prefix, ignoring: ignoring)
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
