package import Dataset
package import Inference
package import Records
package import Runs
package import Settings
import Storage
package import SystemPackage
import Text

extension TinyData {
  /// A pre-training that is done in a blink: two epochs of a few steps.
  package static func pretraining(_ more: String...) throws -> PretrainingConfiguration {
    var reader = try ConfigurationReader(pretraining: .tiny)
    let tiny = [
      "backbone={img_size: 16, patch_size: 8, embed_dim: 16, depth: 1, num_heads: 2}",
      "text_encoder={hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}",
      "text={title: 4, speech: 3, on_screen_text: 3}", "frames.maximum_frames=2", "training.epochs=2",
      "training.batch_size=4", "training.warm_up=0.2", "pretraining.held_out=0.2",
    ]
    for setting in tiny + more { try reader.override(setting) }
    return try reader.pretraining()
  }

  package func makePretraining(
    _ configuration: PretrainingConfiguration, in folder: FilePath, annotations: [Annotation]? = nil,
    source: (any VideoSource)? = nil, weights: GivenWeights? = nil, runtime: Runtime = runtime(),
    safeguards: Safeguards = Safeguards(), report: @escaping (FitEvent) throws -> Void = { _ in }
  ) throws -> PretrainingRun {
    try PretrainingRun(
      configuration: configuration, annotations: annotations ?? self.annotations,
      source: source ?? self.source, tokenizer: weights?.tokenizer ?? tokenizer, weights: weights,
      folder: folder,
      runtime: runtime, cacheBytes: 1 << 20, safeguards: safeguards, report: report)
  }
}
