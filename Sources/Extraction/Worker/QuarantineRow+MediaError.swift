import Dataset
import Media

extension QuarantineRow {
  init(_ request: VideoRequest, _ error: MediaError) {
    let explanation = error.detail.isEmpty ? error.trouble.explanation : error.detail
    self.init(id: request.id, reason: .init(error.trouble), detail: explanation, file: request.file)
  }

  static let memoryText = MediaTrouble.memory.explanation
  static let timeoutText = MediaTrouble.timeout.explanation
}

extension QuarantineRow.Reason {
  init(_ trouble: MediaTrouble) {
    self =
      switch trouble {
      case .missing: .missing
      case .notAFile: .notAFile
      case .empty: .empty
      case .notMedia: .notMedia
      case .noVideoStream: .noVideoStream
      case .undecodable: .undecodable
      case .tooLarge: .tooLarge
      case .tooLong: .tooLong
      case .timeout: .timeout
      case .memory: .memory
      }
  }
}

extension MediaTrouble {
  /// For a ledger row where the trouble has no details of its own.
  fileprivate var explanation: String {
    switch self {
    case .missing: "the file cannot be opened"
    case .notAFile: "not a plain file"
    case .empty: "the file is empty"
    case .notMedia: "no container that is read"
    case .noVideoStream: "there is nothing to see in it"
    case .undecodable: "no frame can be decoded"
    case .tooLarge: "the pictures are too large"
    case .tooLong: "the video is too long"
    case .timeout: "reading took longer than the limit"
    case .memory: "reading takes more memory than the limit"
    }
  }
}
