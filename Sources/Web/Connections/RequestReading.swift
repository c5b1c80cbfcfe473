import HTTPTypes
import Hummingbird
import NIOCore
import Serving
import Storage

/// The body of a request, read within its bounds and made sense of.
struct RequestReading {
  let request: Request
  let limits: ServeSettings.Limits
  /// Over which it comes.
  let channel: any Channel

  /// Bytes of a JSON document, which has to be in memory as a whole.
  private static let documentBytes = VideoForm.allTextBytes
  /// Values and names in it, each of which takes some dozens of bytes however short it is. As many as 32 videos have with as many
  /// texts on the screen as one may have.
  static let documentValues = 1 << 17

  private func contentType() throws(Refusal) -> HeaderValue {
    guard let type = request.headers[.contentType] else {
      throw Refusal(.unsupportedMediaType, "Content-Type is missing")
    }
    guard let value = HeaderValue(type) else {
      throw Refusal(.unsupportedMediaType, "Content-Type is malformed")
    }
    return value
  }

  /// What is asked of `/v1/classify`.
  /// - Parameters:
  ///   - spool: has the uploads.
  ///   - place: gets as many places as there are videos.
  func questions(spool: Spool, place: AdmittedRequest) async throws -> [VideoQuestion] {
    let type = try contentType()
    switch type.value {
    case "application/json":
      let questions = try VideoDocument.questions(try await document(), mostVideos: limits.videos)
      try place.hold(questions.count)
      return questions
    case "multipart/form-data":
      var form = VideoForm(spool: spool, mostVideos: limits.videos)
      do {
        var parser = try MultipartParser(contentType: type)
        try await forEachPiece(limit: limits.uploadBytes) { piece in
          try parser.read(piece.readableBytesView) { event in
            try form.take(event)
            // Names alone take no places from others until all of them are here.
            try place.hold(form.files)
          }
        }
        try parser.finish()
        try place.hold(form.count)
      } catch let problem as MultipartParser.Problem {
        throw Refusal(.malformed, problem.description)
      } catch let error as FileError {
        throw Refusal(.noRoom, "there is no room for the upload: \(error.reason)")
      }
      return try form.finished()
    default:
      throw Refusal(
        .unsupportedMediaType,
        "Content-Type is \(quoted(type.value)), expected multipart/form-data or application/json")
    }
  }

  /// A JSON document, which has to call itself that.
  func requiredDocument() async throws -> JSONNode {
    let type = try contentType()
    guard type.value == "application/json" else {
      throw Refusal(.unsupportedMediaType, "Content-Type is \(quoted(type.value)), expected application/json")
    }
    return try await document()
  }

  private func document() async throws -> JSONNode {
    var bytes: [UInt8] = []
    try await forEachPiece(limit: min(Self.documentBytes, limits.uploadBytes)) { piece in
      bytes += piece.readableBytesView
    }
    do {
      return try bytes.withUnsafeBytes { try JSONNode($0, mostValues: Self.documentValues) }
    } catch is JSONNode.TooManyValues {
      throw Refusal(.tooLarge, "the document has more than \(Self.documentValues) values")
    } catch let error as JSONSyntaxError {
      throw Refusal(.malformed, "the document: \(error.problem)")
    } catch let error as RepeatedKey {
      throw Refusal(.malformed, "\(quoted(error.path)): \(error.problem)")
    }
  }

  private func forEachPiece(limit: Int, _ take: (ByteBuffer) throws -> Void) async throws {
    let tooLarge = Refusal(.tooLarge, "the body has more than \(limit) bytes")
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
    var count = 0
    channel.triggerUserOutboundEvent(BodyIsWanted(), promise: nil)
    var pace = UploadPace(period: .seconds(limits.silenceSeconds), from: .now)
    for try await piece in request.body {
      count += piece.readableBytes
      guard count <= limit else { throw tooLarge }
      try pace.take(piece.readableBytes, at: .now)
      try take(piece)
    }
    // What ended then is the waiting, not the body.
    try Task.checkCancellation()
  }
}
