package import Storage
package import SystemPackage

/// A tokenizer's file that cannot be used.
package enum TokenizerError: ReportableError {
  case file(FileError)
  /// The content is not what such a file holds.
  case malformed(FilePath, String)
  /// The model lacks pieces that every sequence needs; `roles` says which, with the spellings that are looked for.
  case missingSpecialTokens(FilePath, roles: [String])
  /// No file of a tokenizer, going by its name or what the folder holds.
  case unrecognised(FilePath, String)

  package var kind: ErrorKind {
    switch self {
    case .file(let error): error.kind
    case .malformed, .missingSpecialTokens: .badData
    case .unrecognised: .missingInput
    }
  }

  package var description: String {
    switch self {
    case .file(let error): error.description
    case .malformed(let path, let reason): "\(path): \(reason)"
    case .missingSpecialTokens(let path, let roles):
      "\(path): the vocabulary has no piece for \(roles.joined(separator: ", "))"
    case .unrecognised(let path, let reason): "\(path): \(reason)"
    }
  }
}
