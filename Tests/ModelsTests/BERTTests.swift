import Models
import NN
import ParityFixtures
import Testing
import Torch

@Suite struct BERTTests {
  @Test(
    "hidden states, pooled outputs and all gradients of packed text equal Hugging Face's padded ones to 1e-4",
    arguments: ["bert", "roberta"])
  func parity(_ name: String) throws {
    let fixture = try ParityFixture(name)
    let store = ParameterStore()
    let model = BERT(fixture.weights(in: store), try fixture.configuration())
    try store.finish()
    let lengths = lengths(of: try fixture.tensor("input.attention_mask"))
    let text = PackedText(
      tokens: packed(try fixture.tensor("input.input_ids"), lengths: lengths),
      types: name == "bert" ? packed(try fixture.tensor("input.token_type_ids"), lengths: lengths) : nil,
      lengths: lengths)

    let (hidden, pooled) = model(text, .evaluation)
    let expected = packed(try fixture.tensor("output.last_hidden_state"), lengths: lengths)
    #expect(maximumDifference(hidden, expected) <= 1e-4)
    #expect(maximumDifference(try #require(pooled), try fixture.tensor("output.pooler_output")) <= 1e-4)

    (hidden * packed(try fixture.tensor("probe"), lengths: lengths)).sum().backward()
    try fixture.expectGradients(of: store)
  }
}
