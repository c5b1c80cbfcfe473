import Models
import Yams

/// A part of a model whose keys depend on the architecture that is named among them.
enum ArchitecturePart {
  case backbone, textEncoder

  static let key = BackboneConfiguration.CodingKeys.architecture.rawValue

  /// nil where settings stand that depend on no name.
  init?(at path: some Collection<String>) {
    let path = Array(path)
    switch path.first.flatMap(RunConfiguration.CodingKeys.init(rawValue:)) {
    // The run's own, or one of two side by side.
    case .backbone where path.count == 1 || path.count == 2 && ["first", "second"].contains(path[1]):
      self = .backbone
    case .textEncoder where path.count == 1: self = .textEncoder
    default: return nil
    }
  }

  var names: [String] {
    switch self {
    case .backbone: BackboneConfiguration.Name.allCases.map(\.rawValue)
    case .textEncoder: TextEncoderConfiguration.Name.allCases.map(\.rawValue)
    }
  }

  /// Those that are meant where the architecture is named without more.
  /// - Parameter name: one of `names`.
  func settings(of name: String) throws -> Node.Mapping {
    let node: Node? =
      switch self {
      case .backbone:
        try BackboneConfiguration.Name(rawValue: name).map {
          try Node(encoding: BackboneConfiguration(default: $0))
        }
      case .textEncoder:
        try TextEncoderConfiguration.Name(rawValue: name).map {
          try Node(encoding: TextEncoderConfiguration(default: $0))
        }
      }
    guard let mapping = node?.mapping else { preconditionFailure("an architecture has keys") }
    return mapping
  }
}
