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
      case is any BinaryInteger.Type: "must be a whole number"
      case is any BinaryFloatingPoint.Type: "must be a number"
      case is Bool.Type: "must be true or false"
      default: "must be a \(type)"
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
