import Dataset
import Inference
import Models
import NN
import Pretrained
import Records
import Settings
import Storage
import SystemPackage
import Torch

/// What the folds of a run begin with, as the run keeps it: `start.safetensors`, in float32 under the names of the model's
/// own layers, so that a run goes on without the folder that the weights came from.
struct StartingWeights {
  let folder: RunFolder
  /// nil where a run goes on with what it keeps.
  let given: GivenWeights?
  let weights: InitialWeights
  /// With the backbone.
  let architecture: VideoTextEncoder.Configuration

  private static let backbone = "backbone"
  private static let fusion = "fusion"

  var areRandom: Bool { weights == .init() }

  /// Those of an earlier run differ from fold to fold.
  private func path(_ part: RunPart) -> FilePath {
    let own =
      switch part {
      case .fold(let fold): folder.start(fold)
      case .full: folder.full.start(0)
      }
    if case .run = given?.backbone { return own }
    return Folder.exists(own) ? own : folder.start
  }

  /// Looks whether the parts can begin, before there is a run folder that would keep other weights from it.
  /// - Throws: `CheckpointError` naming everything in the given weights that does not fit; `GivenWeightsError` where there
  ///   is neither a file nor a folder to make it from, and where an earlier run has other weights than the file.
  func require(_ parts: [RunPart]) throws {
    guard !areRandom else { return }
    var paths: Set<FilePath> = []
    for part in parts {
      let path = path(part)
      guard paths.insert(path).inserted else { continue }
      if Folder.exists(path) { try requireSame(part, path) } else { _ = try read(part) }
    }
  }

  /// Of published weights `inputs.json` has the checksum.
  private func requireSame(_ part: RunPart, _ path: FilePath) throws {
    guard case .run(let run) = given?.backbone else { return }
    let kept = WeightOrigin(metadata: try Safetensors(path).metadata)
    guard try kept.checksum != run.origin(of: part).checksum else { return }
    throw GivenWeightsError(
      reason: "\(path): was made of other weights than --backbone has now; give another --out", kind: .usage)
  }

  /// Writes the file where the run does not keep it yet.
  /// - Throws: what `require` throws.
  func prepare(_ part: RunPart) throws {
    let path = path(part)
    guard !areRandom, !Folder.exists(path) else { return }
    let (store, origin) = try read(part)
    let fresh = (given?.encoder?.freshInFusion(of: architecture) ?? FusionConfiguration.beyondText)
      .map { "\(Self.fusion).\($0)" }
    let kept = store.weights.filter { weight in !fresh.contains { weight.name.hasPrefix($0) } }
    try Folder.create(path.removingLastComponent())
    try Safetensors.write(
      Dictionary(uniqueKeysWithValues: kept.map { ($0.name, $0.tensor) }), metadata: origin.metadata, to: path
    )
  }

  /// What is given, as the file has it, and what no given weights have.
  private func read(_ part: RunPart) throws -> (ParameterStore, WeightOrigin) {
    let store = ParameterStore(sources: try givenSources(part))
    if weights.backbone != .random { _ = architecture.backbone?.model(store.root[Self.backbone]) }
    if weights.textEncoder != .random {
      _ = architecture.fusion.encoder(store.root[Self.fusion])
    }
    try store.finish()
    if let odd = store.weights.first(where: { !$0.tensor.isFinite }) {
      throw GivenWeightsError(reason: "'\(odd.name)' of the given weights holds numbers that are not finite")
    }
    return (store, try given?.origin(of: part) ?? WeightOrigin())
  }

  /// - Throws: `GivenWeightsError` where the configuration asks for weights that nobody gives.
  private func givenSources(_ part: RunPart) throws -> [WeightSource] {
    func missing(_ option: String) -> GivenWeightsError {
      GivenWeightsError(
        reason:
          "\(folder.path): the configuration says that weights are given, and the run keeps none: give \(option) "
          + "again",
        kind: .missingInput)
    }
    var sources: [WeightSource] = []
    func encoder() throws -> EncoderFolder {
      guard let encoder = given?.encoder else { throw missing("--init") }
      return encoder
    }
    if let configuration = architecture.backbone {
      switch weights.backbone {
      case .random: break
      case .given:
        guard let backbone = given?.backbone else { throw missing("--backbone") }
        sources.append(try backbone.source(for: part, at: Self.backbone, of: configuration))
      case .pretrained: sources.append(try encoder().backboneSource(at: Self.backbone))
      }
    }
    switch weights.textEncoder {
    case .random: break
    case .given:
      guard let text = given?.text else { throw missing("--text-encoder") }
      sources.append(text.fusionSource(at: Self.fusion, architecture.fusion.streams.kind))
    case .pretrained: sources.append(try encoder().fusionSource(at: Self.fusion, for: architecture))
    }
    return sources
  }

  /// What the backbone is that a part begins with.
  func backboneOrigin(_ part: RunPart) throws -> VectorFolder.Origin {
    WeightOrigin(metadata: try Safetensors(path(part)).metadata).backbone ?? VectorFolder.Origin(backbone: "")
  }

  /// The parts of the model that learn from these weights on.
  func sources(_ part: RunPart, isBackboneFrozen: Bool) throws -> [WeightSource] {
    var sources: [WeightSource] = []
    if weights.backbone != .random, architecture.backbone != nil, !isBackboneFrozen {
      sources.append(try source(part, Self.backbone))
    }
    if weights.textEncoder != .random { sources.append(try source(part, Self.fusion)) }
    return sources
  }

  /// What the file lacks begins afresh: `prepare` has left out nothing else.
  private func source(_ part: RunPart, _ place: String) throws -> WeightSource {
    let file = try Safetensors(path(part))
    let fresh = FusionConfiguration.beyondText.filter { pattern in
      !file.names.contains { $0.hasPrefix("\(place).\(pattern)") }
    }
    return WeightSource(file, at: place, under: place + ".", fresh: fresh)
  }

  /// The backbone alone.
  func backbone(_ part: RunPart, on device: Device) throws -> ParameterStore {
    let store = ParameterStore(sources: [try source(part, Self.backbone)], on: device)
    _ = architecture.backbone?.model(store.root[Self.backbone])
    try store.finish()
    return store
  }
}
