import NN

/// Which layer of its encoder a parameter belongs to, told by its published name: what stands before the first
/// numbered block (`patch_embed`, `embeddings`) is layer 0, what follows the last block belongs to that one.
struct LayerNumbers {
  /// Of each part of the model, such as `backbone`; two backbones side by side are `backbone.first` and `backbone.second`.
  private(set) var counts: [String: Int] = [:]
  private var numbers: [String: Int] = [:]

  init(_ names: [String]) {
    var blocks: [String: String] = [:]
    for name in names {
      let part = Self.part(of: name)
      if let block = Self.block(of: name), block != blocks[part] {
        blocks[part] = block
        counts[part, default: 1] += 1
      }
      counts[part, default: 1] += 0
      numbers[name] = counts[part, default: 1] - 1
    }
  }

  /// How many layers of its part are above that of the parameter.
  func height(above name: String) -> Int {
    counts[Self.part(of: name), default: 1] - 1 - numbers[name, default: 0]
  }

  static func part(of name: String) -> String {
    let path = name.split(separator: ".", maxSplits: 2)
    let isPair = path.count == 3 && path[0] == "backbone" && ["first", "second"].contains(path[1])
    return path.prefix(isPair ? 2 : 1).joined(separator: ".")
  }

  static func isBackbone(_ name: String) -> Bool { name.hasPrefix("backbone.") }

  /// `backbone.blocks.3.mlp.fc1.weight` → `backbone.blocks.3`, `backbone.layers.0.blocks.1.norm.weight` →
  /// `backbone.layers.0.blocks.1`; nil outside of numbered blocks. What leads into a stage belongs to its first block.
  private static func block(of name: String) -> String? {
    let path = name.split(separator: ".")
    guard var end = path.firstIndex(where: { Int($0) != nil }), end > 0 else { return nil }
    // The convolutions that a model begins with may be numbered, too.
    if ["stem", "conv1"].contains(path[end - 1]) { return nil }
    if end + 1 < path.count, path[end + 1] == "downsample", ["layers", "stages"].contains(path[end - 1]) {
      return path[...end].joined(separator: ".") + ".blocks.0"
    }
    while end + 1 < path.count, Int(path[end + 1]) != nil { end += 1 }
    if end + 2 < path.count, path[end + 1] == "blocks", Int(path[end + 2]) != nil { end += 2 }
    return path[...end].joined(separator: ".")
  }
}
