import Models
import NN

extension PublishedSettings {
  /// Who made a model with what, of which task, how it began, and how text would be generated.
  mutating func passOverWhatComputesNothing() throws {
    passOver(
      "model_type", "_name_or_path", "_commit_hash", "architectures", "torch_dtype", "dtype",
      "transformers_version", "auto_map", "initializer_range", "initializer_factor", "id2label", "label2id",
      "problem_type", "finetuning_task", "num_labels", "task_specific_params", "gradient_checkpointing",
      "_attn_implementation_autoset", "attn_implementation", "torchscript", "use_bfloat16", "tf_legacy_loss",
      "return_dict", "output_attentions", "output_hidden_states", "use_cache", "output_past",
      "chunk_size_feed_forward", "tokenizer_class", "prefix", "tie_encoder_decoder", "tie_word_embeddings",
      "cross_attention_hidden_size", "encoder_stride", "out_features", "out_indices", "stage_names",
      "apply_layernorm", "reshape_hidden_states")
    passOver(
      "bos_token_id", "pad_token_id", "eos_token_id", "sep_token_id", "decoder_start_token_id", "max_length",
      "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty",
      "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty",
      "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences",
      "output_scores", "return_dict_in_generate", "forced_bos_token_id", "forced_eos_token_id",
      "remove_invalid_values", "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens")
    if isSection("pruned_heads") { try section("pruned_heads")?.finish() }
  }

  /// The settings of the vision part of a model that has a text part, too.
  /// - Parameter mayBeTwice: whether old files hold it twice. The second then counts alone: what it leaves out is what the class
  ///   has, whatever the first says.
  mutating func readingVisionPart(
    mayBeTwice: Bool = false, _ read: (inout PublishedSettings) throws -> HuggingFaceModel
  ) throws -> HuggingFaceModel {
    let first = try section("vision_config")
    let second = mayBeTwice ? try section("vision_config_dict") : nil
    guard var vision = second ?? first else { throw problem("vision_config", "is missing") }
    passOver("text_config", "text_config_dict", "projection_dim", "logit_scale_init_value")
    try vision.passOverWhatComputesNothing()
    let model = try read(&vision)
    try vision.finish()
    return model
  }

  /// - Parameter usual: what the format has where nothing is said.
  mutating func activation(_ key: String = "hidden_act", usual: Activation) throws -> Activation {
    guard let name = try text(key) else { return usual }
    let known: [String: Activation] = [
      "gelu": .gelu, "gelu_python": .gelu, "quick_gelu": .quickGELU, "gelu_pytorch_tanh": .geluTanh,
      "gelu_new": .geluTanh, "gelu_fast": .geluTanh, "relu": .relu, "relu6": .relu6, "silu": .silu,
      "swish": .silu,
    ]
    guard let activation = known[name] else {
      throw problem(key, "is '\(name)', which is none of \(known.keys.sorted().joined(separator: ", "))")
    }
    return activation
  }

  /// What training would do at random within the layers, which is not done here.
  mutating func expectNoDropout(_ keys: String...) throws {
    for key in keys { try expect(key, 0, why: "there is no dropout in a backbone") }
    passOver("drop_path_rate")
  }

  /// Width, depth, heads and input of a vision transformer, which most families spell alike.
  mutating func transformer(
    patchSize: Int, normEpsilon: Double, activation: Activation = .gelu, width: Int = 768, depth: Int = 12,
    heads: Int = 12
  ) throws -> VisionTransformer.Configuration {
    try expect("num_channels", 3)
    let width = try whole("hidden_size") ?? width
    return VisionTransformer.Configuration(
      imageSize: try side("image_size") ?? 224, patchSize: try side("patch_size") ?? patchSize,
      embeddingSize: width, depth: try whole("num_hidden_layers") ?? depth,
      heads: try whole("num_attention_heads") ?? heads, activation: try self.activation(usual: activation),
      normEpsilon: try number("layer_norm_eps") ?? normEpsilon)
  }

  /// The width of the MLPs, where it is given in itself.
  mutating func takeHiddenSize(_ vit: inout VisionTransformer.Configuration, usual: Int = 3072) throws {
    let size = try whole("intermediate_size") ?? usual
    guard size > 0, vit.embeddingSize > 0 else {
      throw problem("intermediate_size", "is \(size) for a width of \(vit.embeddingSize)")
    }
    vit.hiddenSize = size
  }

  /// - Parameter key: whether queries, keys and values have a bias.
  mutating func takeBias(_ vit: inout VisionTransformer.Configuration, _ key: String = "qkv_bias") throws {
    if try flag(key) == false { vit.attentionBias = .none }
  }
}
