import Models
import NN
import ParityFixtures
import Testing
import Torch

@Suite struct SingleStreamTests {
  @Test(
    "packed text and frames give Hugging Face's hidden states and gradients to 1e-4, a video without frames too"
  )
  func parity() throws {
    let fixture = try ParityFixture("visual_bert")
    let store = ParameterStore()
    let configuration = FusionConfiguration(
      text: .bert(try fixture.configuration()), visualEmbeddingSize: 16)
    let model = SingleStream(fixture.weights(in: store), configuration, hasPooler: true)
    try store.finish()
    let textMask = try fixture.tensor("input.attention_mask")
    let textLengths = lengths(of: textMask)
    let frameCounts = lengths(of: try fixture.tensor("input.visual_attention_mask"))
    let vectors = try fixture.tensor("input.visual_embeds")
    vectors.requiresGradient = true

    let input = model.embedded(
      tokens: packed(try fixture.tensor("input.input_ids"), lengths: textLengths),
      vectors: packed(vectors, lengths: frameCounts))
    let output = model(
      input, segments: packed(try fixture.tensor("input.token_type_ids"), lengths: textLengths),
      positions: .zeros([frameCounts.reduce(0, +)], type: .int64),  // Hugging Face's default
      type: .float32, VideoTextLayout(tokenCounts: textLengths, frameCounts: frameCounts), .evaluation)

    // Hugging Face's rows: text, padding, frames, padding.
    func packedRows(_ padded: Tensor) -> Tensor {
      .concatenated(
        zip(textLengths, frameCounts).enumerated().flatMap { video, counts in
          let row = padded.selected(0, video)
          let frames = textMask.size(1)..<textMask.size(1) + counts.1
          return [row.narrowed(0, 0..<counts.0), row.narrowed(0, frames)]
        })
    }
    #expect(
      maximumDifference(output.hidden, packedRows(try fixture.tensor("output.last_hidden_state"))) <= 1e-4)
    let pooled = try #require(output.pooled)
    #expect(maximumDifference(pooled, try fixture.tensor("output.pooler_output")) <= 1e-4)

    (output.hidden * packedRows(try fixture.tensor("probe"))).sum().backward()
    try fixture.expectGradients(of: store)
    let gradient = try #require(vectors.gradient)
    #expect(maximumDifference(gradient, try fixture.tensor("gradient.visual_embeds")) <= 1e-4)
  }

  @Test("In ModernBERT's layers that see what is near, a window counts between tokens, and not to frames")
  func nearLayers() {
    var text = ModernBERT.Configuration(
      vocabularySize: 9, hiddenSize: 16, layers: 2, heads: 2, intermediateSize: 24)
    text.localAttention = 4
    let store = ParameterStore(seed: 3)
    let model = SingleStream(
      store.root, FusionConfiguration(text: .modernBERT(text), visualEmbeddingSize: 3))
    // The first layer, which sees everything, looks at nothing.
    store.assign(
      store.parameters.map {
        $0.name.contains("layers.0.attn.Wo")
          ? .zeros($0.tensor.shape)
          : .normal($0.tensor.shape, deviation: 0.3, drawingFrom: Generator(seed: 4))
      })
    let frames = Tensor.normal([2, 3], deviation: 1, drawingFrom: Generator(seed: 5))
    func hidden(_ tokens: [Int64], _ frames: Tensor) -> Tensor {
      model(
        model.embedded(tokens: Tensor(tokens), vectors: frames), type: .float32,
        VideoTextLayout(tokenCounts: [7], frameCounts: [2]), .evaluation
      ).hidden
    }
    let before = hidden([2, 4, 5, 6, 7, 8, 3], frames)
    /// Which of the seven tokens and two frames see a change.
    func changed(_ after: Tensor) -> [Bool] {
      (0..<9).map {
        maximumDifference(after.narrowed(0, $0..<$0 + 1), before.narrowed(0, $0..<$0 + 1)) > 1e-4
      }
    }
    let first = changed(hidden([8, 4, 5, 6, 7, 8, 3], frames))
    #expect(first == [true, true, true, false, false, false, false, true, true])
    let other = Tensor.concatenated([frames.narrowed(0, 0..<1), frames.narrowed(0, 1..<2) * -2])
    #expect(!changed(hidden([2, 4, 5, 6, 7, 8, 3], other)).contains(false))
  }
}
