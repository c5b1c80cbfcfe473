import Foundation
import NN
import ParityFixtures
import Testing
import Torch

@testable import Models

@Suite("Two streams") struct DualStreamTests {
  private struct File: Decodable {
    struct Layers: Decodable {
      let texts: [Int]
      let frames: [Int]
      let text: [Float]
      let shown: [Float]
      let gradients: [String: [Float]]
    }
    let models: Layers
  }

  private static let text = BERT.Configuration(
    vocabularySize: 9, hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 24, maximumPositions: 12)

  /// Draws the weights of a store by their names, those behind `prefix`.
  private func draw(_ store: ParameterStore, behind prefix: String = "") {
    store.assign(
      store.parameters.map {
        DrawnNumbers.tensor(String($0.name.dropFirst(prefix.count)), $0.tensor.shape)
      })
  }

  @Test("Layers of frames, and across, are those of LXMERT in transformers, with all their gradients")
  func parity() throws {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/lxmert.json")
    let wanted = try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).models
    let store = ParameterStore()
    let frameLayer = BERTLayer(
      store.root["r_layers"][0], width: 16, heads: 2, intermediateSize: 64, dropout: 0.1, epsilon: 1e-12)
    let crossLayers = (0..<2).map { CrossLayer(store.root["x_layers"][$0], .bert(Self.text)) }
    draw(store)
    let layout = VideoTextLayout(tokenCounts: wanted.texts, frameCounts: wanted.frames)
    let given = (
      DrawnNumbers.tensor("text", [wanted.texts.reduce(0, +), 16]),
      DrawnNumbers.tensor("frames", [wanted.frames.reduce(0, +), 16])
    )
    let pattern = layout.together.attention.across(layout.frameMarks)
    let shown = frameLayer(given.1, layout.framesAlone.attention, .evaluation)
    let (text, frames) = crossLayers.reduce((given.0, shown)) { streams, layer in
      layer(text: streams.0, frames: streams.1, pattern, layout, .evaluation)
    }
    #expect(maximumDifference(text, Tensor(wanted.text, shape: text.shape)) <= 1e-4)
    #expect(maximumDifference(frames, Tensor(wanted.shown, shape: frames.shape)) <= 1e-4)
    let loss =
      (text * DrawnNumbers.tensor("probe", text.shape)).sum()
      + (frames * DrawnNumbers.tensor("probe", frames.shape)).sum()
    loss.backward()
    #expect(store.parameters.count == wanted.gradients.count)
    for parameter in store.parameters {
      let numbers = try #require(wanted.gradients[parameter.name], "\(parameter.name)")
      let expected = Tensor(numbers, shape: [numbers.count])
      let found = DrawnNumbers.told(try #require(parameter.tensor.gradient, "\(parameter.name)"))
      let bound = 1e-4 * max(1, expected.absolute().maximum().item)
      #expect(maximumDifference(found, expected) <= bound, "\(parameter.name)")
    }
  }

  private func hidden(
    of model: DualStream, tokens: [Int64], frames: Tensor, positions: Tensor? = nil, hasText: [Bool]? = nil,
    _ counts: [(Int, Int)]
  ) -> Tensor {
    let input = model.embedded(tokens: Tensor(tokens), vectors: frames)
    let layout = VideoTextLayout(
      tokenCounts: counts.map(\.0), frameCounts: counts.map(\.1), hasText: hasText)
    return model(input, positions: positions, type: .float32, layout, .evaluation).hidden
  }

  private func model() -> DualStream {
    let store = ParameterStore(seed: 2)
    let streams = Streams(kind: .dual, frameLayers: 1, crossLayers: 2)
    let model = DualStream(
      store.root, FusionConfiguration(text: .bert(Self.text), visualEmbeddingSize: 3, streams: streams))
    draw(store)
    return model
  }

  @Test("What a video lacks adds nothing: its text alone is read as if there were no layer across")
  func lacking() {
    let model = model()
    let frames = Tensor.normal([3, 3], deviation: 1, drawingFrom: Generator(seed: 5))
    let alone = hidden(of: model, tokens: [2, 5, 3], frames: .zeros([0, 3]), [(3, 0)])
    #expect(alone.isFinite)
    // Beside a video with frames, and as the sum of itself alone.
    let both = hidden(of: model, tokens: [2, 5, 3, 2, 7, 8, 3], frames: frames, [(3, 0), (4, 3)])
    #expect(maximumDifference(both.narrowed(0, 0..<3), alone) <= 1e-5)
    let seen = hidden(of: model, tokens: [2, 5, 3], frames: frames, [(3, 3)]).narrowed(0, 0..<3)
    #expect(maximumDifference(seen, alone) > 1e-2)
    let onlyFrames = hidden(of: model, tokens: [], frames: frames, [(0, 3)])
    #expect(onlyFrames.isFinite && onlyFrames.shape == [3, 16])
    // The special tokens of a text that is not there see the frames, and are not seen.
    func special(_ tokens: [Int64], hasText: Bool) -> Tensor {
      hidden(of: model, tokens: tokens, frames: frames, hasText: [hasText], [(2, 3)])
    }
    let (one, other) = (special([2, 3], hasText: false), special([7, 8], hasText: false))
    #expect(maximumDifference(one.narrowed(0, 2..<5), onlyFrames) <= 1e-5)
    #expect(one.narrowed(0, 2..<5).isIdentical(to: other.narrowed(0, 2..<5)))
    #expect(maximumDifference(one.narrowed(0, 0..<2), other.narrowed(0, 0..<2)) > 1e-2)
    #expect(maximumDifference(special([2, 3], hasText: true).narrowed(0, 2..<5), onlyFrames) > 1e-2)
  }

  @Test("Text sees its own video's frames alone, and where these stand")
  func neighbours() {
    let model = model()
    let frames = Tensor.normal([5, 3], deviation: 1, drawingFrom: Generator(seed: 5))
    let tokens: [Int64] = [2, 5, 3, 2, 7, 8, 3]
    let before = hidden(of: model, tokens: tokens, frames: frames, [(3, 2), (4, 3)])
    let other = Tensor.concatenated([frames.narrowed(0, 0..<2), frames.narrowed(0, 2..<5) * 2])
    let behind = hidden(of: model, tokens: tokens, frames: other, [(3, 2), (4, 3)])
    #expect(maximumDifference(behind.narrowed(0, 0..<5), before.narrowed(0, 0..<5)) <= 1e-6)
    #expect(maximumDifference(behind.narrowed(0, 5..<9), before.narrowed(0, 5..<9)) > 1e-3)
    let moved = hidden(
      of: model, tokens: tokens, frames: frames, positions: Tensor([1, 0, 0, 1, 2] as [Int64]),
      [(3, 2), (4, 3)])
    #expect(maximumDifference(moved.narrowed(0, 0..<3), before.narrowed(0, 0..<3)) > 1e-4)
  }
}
