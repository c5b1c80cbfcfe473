import Mutations
import RawHTTP
import Storage
import Testing

@testable import Web

@Suite("Forms") struct MultipartTests {
  /// What a form holds, a line for each part.
  private func parts(
    _ body: [UInt8], chunk: Int = .max, type: String = RawForm.contentType
  ) throws -> [String] {
    var parser = try MultipartParser(contentType: try #require(HeaderValue(type)))
    var parts: [String] = []
    var content: [UInt8] = []
    var rest = body[...]
    while !rest.isEmpty {
      let piece = rest.prefix(chunk)
      rest = rest.dropFirst(piece.count)
      try parser.read(piece) { event in
        switch event {
        case .part(let part):
          parts.append("\(part.name)|\(part.fileName ?? "-")|\(part.contentType ?? "-")|")
          content = []
        case .bytes(let bytes): content += bytes
        case .partEnd: parts[parts.count - 1] += String(decoding: content, as: UTF8.self)
        }
      }
    }
    try parser.finish()
    return parts
  }

  private static let tricky = Array("\r\n--\r\n--------------------------d74496d66958873\r\n\r\n".utf8)

  @Test("The same parts come whatever pieces a form comes in", arguments: [1, 2, 3, 7, 64, 1000, .max])
  func pieces(chunk: Int) throws {
    let form = RawForm().adding("title", "tea".utf8).adding("video", Self.tricky, file: "a b.mp4")
      .adding("speech", "".utf8)
    #expect(
      try parts(form.body, chunk: chunk) == [
        "title|-|-|tea", "video|a b.mp4|video/mp4|\(String(decoding: Self.tricky, as: UTF8.self))",
        "speech|-|-|",
      ])
  }

  @Test(
    "What other clients send is understood",
    arguments: [
      "\r\n--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ntea\r\n--b--",
      "--b  \r\ncontent-disposition:form-data;name=title\r\n\r\ntea\r\n--b--\r\n",
      "--b\r\nContent-Disposition: form-data; name=\"ti\\tle\"; filename*=UTF-8''x\r\nContent-Transfer-Encoding: 8BIT\r\n\r\ntea\r\n--b--\r\n",
    ])
  func dialects(body: String) throws {
    let parts = try parts(Array(body.utf8), type: "Multipart/Form-Data; charset=utf-8; BOUNDARY=\"b\"")
    #expect(parts == ["title|-|-|tea"])
  }

  @Test(
    "What is no form is refused",
    arguments: [
      "", "--", "--b", "--b--x", "preamble\r\n--b--", "--b\r\n\r\ntea\r\n--b--",
      "--b\r\nContent-Disposition: attachment; name=\"title\"\r\n\r\ntea\r\n--b--",
      "--b\r\nContent-Disposition: form-data\r\n\r\ntea\r\n--b--",
      "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ntea\r\n--b",
      "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ntea\r\n--bc\r\n",
      "--b\r\nContent-Disposition: form-data; name=\"title\r\n\r\ntea\r\n--b--",
      "--b\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\ntea\r\n--b--",
      "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n\r\n--b--",
      "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\ndGVh\r\n--b--",
      "--b\r\n folded: yes\r\n\r\ntea\r\n--b--", "--b\r\nno colon\r\n\r\ntea\r\n--b--",
      "--b\r\nContent-Disposition: form-data; name=\"title\"\n\ntea\n--b--",
      "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ntea\r\n--b--\r\nepilogue",
    ])
  func malformed(body: String) {
    for chunk in [1, .max] {
      #expect(throws: MultipartParser.Problem.self) {
        try parts(Array(body.utf8), chunk: chunk, type: "multipart/form-data; boundary=b")
      }
    }
  }

  @Test(
    "A boundary has its bounds, and so have headers and spaces",
    arguments: [
      "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a b \"",
      "multipart/form-data; boundary=\"a\r\nb\"", "multipart/form-data; boundary=é",
      "multipart/form-data; boundary=" + String(repeating: "b", count: 71),
    ])
  func boundaries(type: String) throws {
    guard let value = HeaderValue(type) else { return }
    #expect(throws: MultipartParser.Problem.self) { _ = try MultipartParser(contentType: value) }
  }

  @Test("Headers without end are refused before they fill the memory")
  func endlessHeaders() throws {
    let value = try #require(HeaderValue("multipart/form-data; boundary=b"))
    for start in ["--b\r\nX: ", "--b "] {
      var parser = try MultipartParser(contentType: value)
      #expect(throws: MultipartParser.Problem.self) {
        try parser.read(start.utf8) { _ in }
        for _ in 0..<100 { try parser.read([UInt8](repeating: 0x20, count: 1000)) { _ in } }
      }
    }
  }

  @Test("Forms with bits flipped, parts cut out or repeated give parts or a problem, in any pieces the same")
  func mutated() throws {
    let form = RawForm().adding("title", "tea".utf8).adding("video", Self.tricky, file: "a.mp4").body
    var mutator = Mutator(seed: 7)
    for number in 0..<2000 {
      let body = mutator.next([form, form])
      let whole = Result { try parts(body) }
      let pieces = Result { try parts(body, chunk: 1 + number % 9) }
      switch (whole, pieces) {
      case (.success(let one), .success(let other)): #expect(one == other)
      case (.failure, .failure): break
      default: Issue.record("\(whole) in one piece, \(pieces) in several")
      }
    }
  }

  @Test("A header's value and its parameters")
  func headers() {
    let value = HeaderValue(" Text/Plain ; Charset=UTF-8;q=\"a\\\"b;c\" ; x=y")
    #expect(value?.value == "text/plain")
    #expect(value?.parameters["charset"] == "UTF-8" && value?.parameters["q"] == "a\"b;c")
    for wrong in ["", ";", "a; b", "a; b=", "a; b=\"c", "a; b=c; b=d", "a; b=\"c\" d", "a; b=c\"d"] {
      #expect(HeaderValue(wrong) == nil, "\(wrong)")
    }
  }
}
