import Models

/// What timm's name of an architecture stands for.
struct TimmArchitecture {
  private(set) var configuration: BackboneConfiguration
  /// timm's word for how the vector of a frame is taken from the last layer.
  let pooling: String
  /// Tensors that the backbone has no use for.
  let ignoring: [String]

  /// - Parameter name: such as `resnet50`, or `resnet50.a1_in1k`, where the part after the dot tells the training.
  init?(named name: String) {
    guard let configuration = BackboneConfiguration.published[String(name.prefix { $0 != "." })] else {
      return nil
    }
    self.configuration = configuration
    switch configuration {
    case .vit(let vit): (pooling, ignoring) = (vit.pooling.rawValue, ["head."])
    case .resNet, .resNeSt: (pooling, ignoring) = ("avg", ["fc.", ".num_batches_tracked"])
    case .efficientNet: (pooling, ignoring) = ("avg", ["classifier.", ".num_batches_tracked"])
    case .convNeXt: (pooling, ignoring) = ("avg", ["head.fc."])
    case .swin:
      // Old files also hold tables that follow from the sizes.
      let tables = [".relative_position_index", ".relative_coords_table", ".attn_mask"]
      (pooling, ignoring) = ("avg", ["head.fc."] + tables)
    case .pair: return nil
    }
  }

  /// Takes over the arguments that the model was made with instead of its architecture's own.
  /// - Throws: `JSONError` naming one that is not understood.
  mutating func apply(_ arguments: PublishedSettings) throws {
    var arguments = arguments
    switch configuration {
    case .vit(var vit):
      vit.patchSize = try arguments.whole("patch_size") ?? vit.patchSize
      vit.embeddingSize = try arguments.whole("embed_dim") ?? vit.embeddingSize
      vit.depth = try arguments.whole("depth") ?? vit.depth
      vit.heads = try arguments.whole("num_heads") ?? vit.heads
      vit.mlpRatio = try arguments.number("mlp_ratio") ?? vit.mlpRatio
      if vit.registers > 0 { vit.registers = try arguments.whole("reg_tokens") ?? vit.registers }
      arguments.passOver("img_size", "num_classes")  // the first is pretrained_cfg's input_size
      configuration = .vit(vit)
    case .resNet(var resNet):
      resNet.layers = try arguments.wholes("layers") ?? resNet.layers
      resNet.channels = try arguments.wholes("channels") ?? resNet.channels
      arguments.passOver("num_classes")
      configuration = .resNet(resNet)
    case .swin: arguments.passOver("img_size", "num_classes")
    case .efficientNet, .resNeSt, .convNeXt, .pair: arguments.passOver("num_classes")
    }
    try arguments.finish()
  }

  /// The names that are known.
  static var names: [String] { BackboneConfiguration.published.keys.sorted() }
}
