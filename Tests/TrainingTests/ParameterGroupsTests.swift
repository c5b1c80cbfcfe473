import Batching
import Glibc
import Models
import NN
import RunFixtures
import Settings
import Tasks
import Testing
import Torch

@testable import Training

@Suite struct LayerNumbersTests {
  @Test("A block is a layer; what stands before the first is below it, what follows the last is part of that")
  func heights() {
    let names = [
      "backbone.cls_token", "backbone.patch_embed.weight", "backbone.blocks.0.norm.weight",
      "backbone.blocks.0.mlp.fc1.weight", "backbone.blocks.1.norm.weight", "backbone.norm.weight",
      "fusion.embeddings.words.weight", "fusion.encoder.layer.0.a.weight", "fusion.encoder.layer.10.a.weight",
      "classifier.weight",
    ]
    let layers = LayerNumbers(names)
    #expect(layers.counts == ["backbone": 3, "fusion": 3, "classifier": 1])
    #expect(names.map(layers.height(above:)) == [2, 2, 1, 1, 0, 0, 2, 1, 0, 0])
  }

  @Test("Two backbones side by side have layers of their own")
  func pair() {
    let names = [
      "backbone.first.conv1.weight", "backbone.first.layer1.0.conv1.weight",
      "backbone.first.layer1.1.conv1.weight", "backbone.second.pos_embed",
      "backbone.second.blocks.0.norm.weight",
    ]
    #expect(names.map(LayerNumbers(names).height(above:)) == [2, 1, 0, 1, 0])
  }

  @Test("Blocks within stages are layers, and convolutions numbered within a block are not")
  func stages() {
    let names = [
      "backbone.layers.0.blocks.0.norm.weight", "backbone.layers.0.blocks.1.norm.weight",
      "backbone.layers.1.blocks.0.norm.weight", "backbone.layer1.0.conv1.weight",
      "backbone.layer1.0.downsample.1.weight", "backbone.blocks.0.0.conv.weight",
      "backbone.blocks.0.1.conv.weight",
    ]
    #expect(names.map(LayerNumbers(names).height(above:)) == [5, 4, 3, 2, 2, 1, 0])
  }

  @Test(
    "What a model begins with is below its blocks, and what leads into a stage belongs to its first block")
  func stems() {
    let names = [
      "backbone.stem.0.weight", "backbone.stem.1.weight", "backbone.conv1.3.weight",
      "backbone.stages.0.blocks.0.gamma", "backbone.stages.1.downsample.0.weight",
      "backbone.stages.1.downsample.1.weight", "backbone.stages.1.blocks.0.gamma",
      "backbone.layers.2.downsample.norm.weight", "backbone.layers.2.blocks.0.norm1.weight",
      "backbone.head.norm.weight",
    ]
    #expect(names.map(LayerNumbers(names).height(above:)) == [3, 3, 3, 2, 1, 1, 1, 0, 0, 0])
  }
}

@Suite("Groups of parameters") struct ParameterGroupsTests {
  private func groups(_ settings: String...) throws -> (groups: [AdamW.Group], store: ParameterStore) {
    let tiny = try TinyBatch(
      ["backbone.depth=2", "text_encoder.num_hidden_layers=3"] + settings
        + ["training.learning_rate={backbone: 0.01, embeddings: 0.05, fusion: 0.02, heads: 0.03}"])
    return (ParameterGroups.make(tiny.store, tiny.configuration.optimization), tiny.store)
  }

  private func rate(_ name: String, _ groups: [AdamW.Group]) -> Double? {
    groups.first { $0.parameters.contains { $0.name == name } }?.learningRate
  }

  @Test("Every parameter is in one group; norms and biases are not decayed")
  func partition() throws {
    for decay in ["training.layer_decay=1", "training.layer_decay=0.8"] {
      let (groups, store) = try groups(decay)
      let names = groups.flatMap { $0.parameters.map(\.name) }
      #expect(names.sorted() == store.parameters.map(\.name).sorted())
      for group in groups {
        #expect(group.parameters.allSatisfy { ($0.tensor.rank > 1) == (group.weightDecay > 0) })
      }
    }
  }

  @Test(
    "Backbone, word embeddings, fusion encoder and heads have their rates; without layer-wise decay a layer has no other"
  )
  func rates() throws {
    let (groups, _) = try groups()
    #expect(rate("backbone.patch_embed.proj.weight", groups) == 0.01)
    #expect(rate("fusion.encoder.layer.0.output.dense.weight", groups) == 0.02)
    #expect(rate("fusion.embeddings.word_embeddings.weight", groups) == 0.05)
    #expect(rate("fusion.embeddings.position_embeddings.weight", groups) == 0.02)
    #expect(rate("classifier.weight", groups) == 0.03 && rate("video_norm.bias", groups) == 0.03)
    #expect(groups.count { !$0.parameters.isEmpty } == 7)
  }

  @Test("So they have where the published encoder calls its words otherwise, and where there are two streams")
  func otherNames() throws {
    let (groups, _) = try groups(
      "text_encoder={architecture: modernbert, num_hidden_layers: 2, hidden_size: 16, num_attention_heads: 2, "
        + "intermediate_size: 8}", "streams.kind=dual")
    #expect(rate("fusion.embeddings.tok_embeddings.weight", groups) == 0.05)
    #expect(rate("fusion.layers.1.attn.Wqkv.weight", groups) == 0.02)
    #expect(rate("fusion.x_layers.0.visual_attention.att.query.weight", groups) == 0.02)
  }

  @Test("Layer-wise decay multiplies a layer's rate once for each layer above it, and spares the heads")
  func layerDecay() throws {
    let (groups, _) = try groups("training.layer_decay=0.5")
    #expect(rate("backbone.norm.weight", groups) == 0.01)
    #expect(rate("backbone.blocks.1.mlp.fc1.weight", groups) == 0.01)
    #expect(rate("backbone.blocks.0.mlp.fc1.weight", groups) == 0.005)
    #expect(rate("backbone.cls_token", groups) == 0.0025)
    #expect(rate("fusion.encoder.layer.2.output.dense.bias", groups) == 0.02)
    #expect(rate("fusion.embeddings.word_embeddings.weight", groups) == 0.05 * 0.125)
    #expect(rate("classifier.bias", groups) == 0.03)
  }

  @Test(
    "The backbone thaws from its top; what is frozen neither moves nor decays, and then learns as if new")
  func unfreezing() throws {
    let tiny = try TinyBatch(
      "backbone.depth=2", "training.unfreezing={start: 0.25, end: 0.75}", "training.weight_decay=0.1")
    let settings = tiny.configuration.optimization
    func learning(at progress: Double) -> Set<String> {
      settings.unfreezing.apply(to: tiny.store, progress: progress)
      return Set(tiny.store.parameters.filter(\.tensor.requiresGradient).map(\.name))
    }
    let all = Set(tiny.store.parameters.map(\.name))
    let backbone = all.filter { $0.hasPrefix("backbone.") }
    let top = backbone.filter { $0.contains(".blocks.1.") || $0.hasPrefix("backbone.norm") }
    #expect(learning(at: 0.24) == all.subtracting(backbone))
    #expect(learning(at: 0.25) == all.subtracting(backbone).union(top))
    #expect(
      learning(at: 0.5)
        == all.filter { !$0.hasPrefix("backbone.") || $0.contains("norm.") || $0.contains("blocks") })
    #expect(learning(at: 0.75) == all)

    let optimizer = AdamW(ParameterGroups.make(tiny.store, settings))
    func step(_ progress: Double) throws -> Set<String> {
      settings.unfreezing.apply(to: tiny.store, progress: progress)
      let before = tiny.store.tensors.map(\.bytes)
      tiny.loss(tiny.output()).backward()
      try optimizer.step(factor: 1)
      optimizer.clearGradients()
      return Set(
        zip(tiny.store.parameters, before).filter { $0.0.tensor.bytes != $0.1 }.map(\.0.name))
    }
    for _ in 0..<50 { #expect(try step(0).isDisjoint(with: backbone)) }
    let norm = try #require(tiny.store.parameters.first { $0.name == "backbone.norm.bias" }).tensor
    let before = norm.clone()
    #expect(try step(0.25).intersection(backbone) == top)
    // Adam's first update of a parameter is the learning rate in length, however late it comes.
    let rate = settings.learningRate.backbone
    #expect(abs((norm - before).absolute().maximum().item / rate - 1) < 1e-3)
  }
}
