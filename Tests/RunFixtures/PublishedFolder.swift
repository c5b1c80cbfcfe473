package import Models
import NN
import Storage
package import SystemPackage
package import Torch

/// Folders as people download them, with tiny models of random weights.
package enum PublishedFolder {
  /// timm's ViT of 16 numbers a frame, one block, at 16 pixels.
  package static let vit = BackboneConfiguration.vit(
    .init(imageSize: 16, patchSize: 8, embeddingSize: 16, depth: 1, heads: 2, mlpRatio: 2))

  /// `config.json` of that ViT.
  /// - Parameter changes: pieces of the text and what stands in their place.
  package static func timmConfiguration(_ changes: KeyValuePairs<String, String> = [:]) -> String {
    var text = """
      {"architecture": "vit_small_patch16_224", "num_classes": 3, "num_features": 16, "global_pool": "token",
       "model_args": {"img_size": 16, "patch_size": 8, "embed_dim": 16, "depth": 1, "num_heads": 2, "mlp_ratio": 2},
       "pretrained_cfg": {"tag": "augreg_in21k", "input_size": [3, 16, 16], "interpolation": "bicubic",
         "crop_pct": 0.8, "crop_mode": "center", "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.5, 0.5],
         "first_conv": "patch_embed.proj", "classifier": "head", "license": "mit"}}
      """
    for (old, new) in changes { text = text.replacing(old, with: new) }
    return text
  }

  /// Random weights under the model's own names, with a head that nobody needs.
  package static func weights(
    of configuration: BackboneConfiguration = vit, seed: UInt64 = 5, head: String = "head"
  ) -> [String: Tensor] {
    let store = ParameterStore(seed: seed)
    _ = configuration.model(store.root)
    let random = Generator(seed: seed)
    var tensors = Dictionary(
      uniqueKeysWithValues: store.weights.map {
        ($0.name, Tensor.normal($0.tensor.shape, deviation: 0.2, drawingFrom: random))
      })
    tensors["\(head).weight"] = .zeros([3, configuration.vectorSize])
    tensors["\(head).bias"] = .zeros([3])
    return tensors
  }

  /// BERT of 16 numbers a token, one layer, with ten tokens.
  package static let bert = BERT.Configuration(
    vocabularySize: 10, hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 32, maximumPositions: 24)

  package static let bertConfiguration = """
    {"architectures": ["BertForMaskedLM"], "model_type": "bert", "hidden_act": "gelu", "vocab_size": 10,
     "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
     "max_position_embeddings": 24, "type_vocab_size": 2, "hidden_dropout_prob": 0.1,
     "attention_probs_dropout_prob": 0.1, "layer_norm_eps": 1e-12, "pad_token_id": 0, "pooler_type": "first_token_transform",
     "position_embedding_type": "absolute", "transformers_version": "4.8.2", "initializer_range": 0.02}
    """

  /// Random weights of that BERT under `prefix`, with a head that nobody needs.
  package static func bertWeights(prefix: String = "bert.") -> [String: Tensor] {
    weights(of: .bert(bert), prefix: prefix, head: "cls.predictions.bias")
  }

  /// RoBERTa of that size: two rows of positions that no token has, and one segment.
  package static let roberta = BERT.Configuration(
    vocabularySize: 10, hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 32, maximumPositions: 26,
    positionOffset: 2, tokenTypes: 1, layerNormEpsilon: 1e-5)

  package static let robertaConfiguration = """
    {"architectures": ["RobertaForMaskedLM"], "model_type": "roberta", "hidden_act": "gelu", "vocab_size": 10,
     "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
     "max_position_embeddings": 26, "type_vocab_size": 1, "hidden_dropout_prob": 0.1, "layer_norm_eps": 1e-05,
     "attention_probs_dropout_prob": 0.1, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    """

  package static func robertaWeights(prefix: String = "roberta.") -> [String: Tensor] {
    weights(of: .bert(roberta), prefix: prefix, head: "lm_head.bias")
  }

  /// ModernBERT of that size, of whose two layers the second sees four tokens.
  package static let modernBERT = {
    var configuration = ModernBERT.Configuration(
      vocabularySize: 10, hiddenSize: 16, layers: 2, heads: 2, intermediateSize: 24)
    (configuration.localAttention, configuration.maximumPositions) = (4, 24)
    return configuration
  }()

  package static let modernBERTConfiguration = """
    {"architectures": ["ModernBertForMaskedLM"], "model_type": "modernbert", "hidden_activation": "gelu", "vocab_size": 10,
     "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24,
     "max_position_embeddings": 24, "local_attention": 4, "global_attn_every_n_layers": 3, "norm_eps": 1e-05,
     "global_rope_theta": 160000.0, "local_rope_theta": 10000.0, "mlp_dropout": 0.0, "pad_token_id": 0}
    """

  package static func modernBERTWeights(prefix: String = "model.") -> [String: Tensor] {
    weights(of: .modernBERT(modernBERT), hasPooler: false, prefix: prefix, head: "decoder.bias")
  }

  private static func weights(
    of configuration: TextEncoderConfiguration, hasPooler: Bool = true, prefix: String, head: String
  ) -> [String: Tensor] {
    let store = ParameterStore(seed: 3)
    _ = TextEncoder(store.root, configuration, hasPooler: hasPooler)
    let random = Generator(seed: 3)
    var tensors = Dictionary(
      uniqueKeysWithValues: store.weights.map {
        (prefix + $0.name, Tensor.normal($0.tensor.shape, deviation: 0.2, drawingFrom: random))
      })
    tensors[head] = .zeros([10])
    return tensors
  }

  /// Writes a folder in Hugging Face's layout.
  package static func writeBERT(
    to path: FilePath, configuration: String = bertConfiguration, weights: [String: Tensor]? = nil
  ) throws {
    try Folder.create(path)
    try AtomicFile.write(configuration, to: path.appending("config.json"))
    try Safetensors.write(weights ?? bertWeights(), to: path.appending("model.safetensors"))
    let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ball", "game", "tea", "cup"]
    try AtomicFile.write(pieces.map { $0 + "\n" }.joined(), to: path.appending("vocab.txt"))
  }

  /// Writes a folder in timm's layout.
  package static func writeTimm(
    to path: FilePath, configuration: String = timmConfiguration(), weights: [String: Tensor]? = nil
  ) throws {
    try Folder.create(path)
    try AtomicFile.write(configuration, to: path.appending("config.json"))
    try Safetensors.write(weights ?? Self.weights(), to: path.appending("model.safetensors"))
  }
}
