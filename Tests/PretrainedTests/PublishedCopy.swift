import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Pretrained

/// A folder for fixtures with changes.
struct PublishedCopy {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  var path: FilePath { folder.path }

  static let config = "config.json"
  static let pixels = "preprocessor_config.json"

  /// A fixture with changes of its texts and tensors.
  func read(
    _ name: String, _ file: String = config, _ changes: KeyValuePairs<String, String> = [:],
    tensors change: ((inout [String: Tensor]) -> Void)? = nil
  ) throws -> PublishedBackbone {
    let fixture = PublishedFixture.folder(name)
    for name in [Self.config, Self.pixels, "model.safetensors"] {
      try AtomicFile.write(Files.read(fixture.appending(name)), to: path.appending(name))
    }
    var text = String(decoding: try Files.read(fixture.appending(file)), as: UTF8.self)
    for (old, new) in changes {
      #expect(text.contains(old) && old != new, "\(old)")
      text = text.replacing(old, with: new)
    }
    try AtomicFile.write(text, to: path.appending(file))
    if let change {
      let weights = try Safetensors(fixture.appending("model.safetensors"))
      var tensors = Dictionary(
        uniqueKeysWithValues: try weights.names.map { ($0, try weights.tensor($0)) })
      change(&tensors)
      try Safetensors.write(tensors, to: path.appending("model.safetensors"))
    }
    return try PublishedBackbone(reading: path)
  }

  func load(_ backbone: PublishedBackbone) throws {
    let configuration = backbone.description.configuration
    let store = ParameterStore(sources: [backbone.source(at: "backbone", for: configuration)])
    _ = configuration.model(store.root["backbone"])
    try store.finish()
  }
}
