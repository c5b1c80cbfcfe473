import Storage
import Yams

extension DecodingError {
  /// The dotted path of the setting that is at fault.
  var settingPath: String {
    var path = context.codingPath
    if case .keyNotFound(let key, _) = self { path.append(key) }
    return path.map(\.stringValue).joined(separator: ".")
  }

  var settingReason: String {
    switch self {
    case .keyNotFound: "is missing"
    case .typeMismatch(let type, _), .valueNotFound(let type, _):
      switch type {
      case is Node.Mapping.Type: "must have keys"
      case is Node.Sequence.Type: "must be a list"
      case is Node.Scalar.Type: "must be one value"
      default: "must be \(DecodingError.kind(of: type))"
      }
    default: context.debugDescription
    }
  }

  private var context: Context {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
      .dataCorrupted(let context):
      context
    @unknown default: Context(codingPath: [], debugDescription: "\(self)")
    }
  }
}
