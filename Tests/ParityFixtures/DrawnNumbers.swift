package import Torch

/// Numbers from -0.5 to 0.5 that follow from a name, as `drawn` of `scripts/make_text_encoder_fixtures.py` has them: a fixture
/// need not hold weights. Those of norms are about 1.
package enum DrawnNumbers {
  package static func tensor(_ name: String, _ shape: [Int]) -> Tensor {
    var state = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let isNorm = name.lowercased().contains("norm") && name.hasSuffix("weight")
    let values = (0..<shape.reduce(1, *)).map { _ -> Float in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let number = Double(state >> 40) / Double(1 << 24) - 0.5
      return Float(isNorm ? number + 1 : number)
    }
    return Tensor(values, shape: shape)
  }

  /// What a fixture keeps of a gradient: of a matrix each row's product with a drawn vector, of a vector itself.
  package static func told(_ gradient: Tensor) -> Tensor {
    guard gradient.rank > 1 else { return gradient }
    return gradient.matmul(tensor("columns", [gradient.size(1), 1])).reshaped([gradient.size(0)])
  }
}
