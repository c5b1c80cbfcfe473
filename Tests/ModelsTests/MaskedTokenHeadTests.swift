import Glibc
import NN
import Testing
import Torch

@testable import Models

@Suite("The head for masked tokens") struct MaskedTokenHeadTests {
  @Test("It is BERT's: a layer, the exact GELU, a norm, the word embeddings themselves, and a bias")
  func formula() throws {
    let configuration = BERT.Configuration(
      vocabularySize: 5, hiddenSize: 3, layers: 1, heads: 1, intermediateSize: 4, layerNormEpsilon: 1e-5)
    let store = ParameterStore(seed: 4)
    let head = MaskedTokenHead(store.root["tokens"], .bert(configuration))
    let random = Generator(seed: 4)
    store.assign(store.weights.map { .normal($0.tensor.shape, deviation: 0.7, drawingFrom: random) })
    #expect(
      store.parameters.map(\.name).sorted() == [
        "tokens.bias", "tokens.transform.LayerNorm.bias", "tokens.transform.LayerNorm.weight",
        "tokens.transform.dense.bias", "tokens.transform.dense.weight",
      ])
    func values(_ name: String) -> [Double] {
      store.parameters.first { $0.name == "tokens.\(name)" }?.tensor.values(Float.self).map(Double.init) ?? []
    }
    let hidden = [0.5, -1, 2]
    let words = (0..<15).map { Double($0 % 4) - 1.3 }
    let (weight, bias) = (values("transform.dense.weight"), values("transform.dense.bias"))
    let dense = (0..<3).map { row in (0..<3).reduce(bias[row]) { $0 + weight[row * 3 + $1] * hidden[$1] } }
    let bent = dense.map { $0 * 0.5 * (1 + erf($0 / 2.0.squareRoot())) }
    let mean = bent.reduce(0, +) / 3
    let variance = bent.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3
    let (scale, shift) = (values("transform.LayerNorm.weight"), values("transform.LayerNorm.bias"))
    let normed = bent.indices.map {
      (bent[$0] - mean) / (variance + 1e-5).squareRoot() * scale[$0] + shift[$0]
    }
    let expected = (0..<5).map { word in
      (0..<3).reduce(values("bias")[word]) { $0 + words[word * 3 + $1] * normed[$1] }
    }
    let found = head(
      Tensor(hidden.map(Float.init), shape: [1, 3]), Tensor(words.map(Float.init), shape: [5, 3]))
    #expect(found.shape == [1, 5])
    for (one, other) in zip(found.values(Float.self), expected) { #expect(abs(Double(one) - other) < 1e-4) }
  }
}
