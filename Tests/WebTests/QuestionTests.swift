import RawHTTP
import RunFixtures
import Serving
import Storage
import Testing

@testable import Web

@Suite("What is asked") struct QuestionTests {
  private func read(form: RawForm, videos: Int = 4) throws -> [VideoQuestion] {
    let folder = try TemporaryFolder()
    var parts = VideoForm(spool: try Spool(folder.path, most: 1 << 20), mostVideos: videos)
    var parser = try MultipartParser(contentType: try #require(HeaderValue(RawForm.contentType)))
    try parser.read(form.body) { try parts.take($0) }
    return try parts.finished()
  }

  private func read(json: String, videos: Int = 4) throws -> [VideoQuestion] {
    let node = try Array(json.utf8).withUnsafeBytes { try JSONNode($0) }
    return try VideoDocument.questions(node, mostVideos: videos)
  }

  private func reason(_ body: () throws -> [VideoQuestion]) -> Refusal.Reason? {
    do { _ = try body() } catch { return (error as? Refusal)?.reason }
    return nil
  }

  @Test("A form of one video, and one of several in any order")
  func forms() throws {
    let one = try read(
      form: RawForm().adding("on_screen_text", "one".utf8).adding("video", "x".utf8, file: "a.mp4")
        .adding("title", "tea".utf8).adding("on_screen_text", "two".utf8).adding("id", "a/b".utf8))
    #expect(one.map(\.id) == ["a/b"] && one[0].title == "tea" && one[0].upload != nil)
    #expect(one[0].onScreenText == ["one", "two"])
    let several = try read(
      form: RawForm().adding("title[1]", "b".utf8).adding("video[0]", "x".utf8, file: "a.mp4").adding(
        "speech", "c".utf8))
    #expect(several.map(\.id) == ["video-0", "video-1"])
    #expect(several.map(\.title) == ["", "b"] && several.map(\.speech) == ["c", ""])
    #expect(several[0].upload != nil && several[1].upload == nil)
  }

  @Test(
    "A form of something else is refused",
    arguments: [
      RawForm(), RawForm().adding("name", "x".utf8), RawForm().adding("title[1]", "x".utf8),
      RawForm().adding("title[4]", "x".utf8), RawForm().adding("title[-1]", "x".utf8),
      RawForm().adding("title[1", "x".utf8), RawForm().adding("title[]", "x".utf8),
      RawForm().adding("title[99999999999999999999]", "x".utf8),
      RawForm().adding("title", "x".utf8).adding("title[0]", "y".utf8),
      RawForm().adding("video", "x".utf8).adding("video", "y".utf8), RawForm().adding("title", [0xFF]),
      RawForm().adding("id", "".utf8),
    ])
  func strangeForms(form: RawForm) { #expect(reason { try read(form: form) } == .invalid) }

  @Test("A text without end is refused before it fills the memory")
  func longText() {
    let form = RawForm().adding("title", [UInt8](repeating: 0x61, count: VideoForm.textBytes + 1))
    #expect(reason { try read(form: form) } == .tooLarge)
    // As many as one likes, each within its bound.
    let text = [UInt8](repeating: 0x61, count: VideoForm.textBytes)
    let texts = (0..<3).reduce(RawForm()) { form, _ in form.adding("on_screen_text", text) }
    #expect(reason { try read(form: texts) } == .tooLarge)
  }

  @Test("A document of one video, and one of several")
  func documents() throws {
    let one = try read(json: #"{"id": "a", "title": "tea", "on_screen_text": "cup"}"#)
    #expect(one.map(\.id) == ["a"] && one[0].onScreenText == ["cup"])
    let several = try read(json: #"{"videos": [{"title": "tea"}, {"on_screen_text": ["a", "b"]}]}"#)
    #expect(several.map(\.id) == ["video-0", "video-1"] && several[1].onScreenText == ["a", "b"])
  }

  @Test(
    "A document of something else is refused, and where is said",
    arguments: [
      ("[]", "an array"), ("{}", "no text"), (#"{"title": 1}"#, "title"), (#"{"titel": "x"}"#, "titel"),
      (#"{"videos": []}"#, "videos"), (#"{"videos": [{}]}"#, "videos[0]"),
      (#"{"videos": [{"title": "x"}], "title": "y"}"#, "videos"),
      (#"{"videos": [{"title": "a"}, {"title": null}]}"#, "videos[1].title"),
      (#"{"on_screen_text": [1]}"#, "on_screen_text[0]"), (#"{"video": "AAAA"}"#, "multipart"),
      (#"{"videos": [{"title": "a"}, {"title": "a"}, {"title": "a"}, {"title": "a"}, {"title": "a"}]}"#, "5"),
    ])
  func strangeDocuments(json: String, said: String) {
    do {
      _ = try read(json: json)
      Issue.record("\(json) is taken")
    } catch {
      let refusal = error as? Refusal
      #expect(refusal?.reason == .invalid && refusal?.description.contains(said) == true, "\(error)")
    }
  }

  @Test("Tensors of texts, flat or in a column, are as many videos")
  func tensors() throws {
    func query(_ json: String) throws -> InferenceQuery {
      try InferenceQuery(try Array(json.utf8).withUnsafeBytes { try JSONNode($0) }, mostVideos: 4)
    }
    let read = try query(
      #"{"id": "7", "inputs": [{"name": "title", "datatype": "BYTES", "shape": [2], "data": ["a", "b"]}, {"name": "on_screen_text", "datatype": "BYTES", "shape": [2, 1], "data": [["c"], ["d"]]}], "outputs": [{"name": "probability"}]}"#
    )
    #expect(read.id == "7" && read.questions.map(\.title) == ["a", "b"] && read.outputs == ["probability"])
    #expect(read.questions.map(\.onScreenText) == [["c"], ["d"]])
    let long = String(repeating: "a", count: VideoForm.textBytes + 1)
    let input = #"{"name": "title", "datatype": "BYTES", "shape": [1], "data": ["\#(long)"]}"#
    #expect(reason { try query(#"{"inputs": [\#(input)]}"#).questions } == .tooLarge)
    for wrong in [
      "[]", "{}", #"{"inputs": []}"#,
      #"{"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1], "data": ["a"]}]}"#,
      #"{"inputs": [{"name": "title", "datatype": "FP32", "shape": [1], "data": [1]}]}"#,
      #"{"inputs": [{"name": "title", "datatype": "BYTES", "shape": [2], "data": ["a"]}]}"#,
      #"{"inputs": [{"name": "title", "datatype": "BYTES", "shape": [5], "data": ["a", "a", "a", "a", "a"]}]}"#,
      #"{"inputs": [{"name": "title", "datatype": "BYTES", "shape": [1], "data": ["a"]}, {"name": "speech", "datatype": "BYTES", "shape": [2], "data": ["a", "b"]}]}"#,
      #"{"inputs": [{"name": "title", "datatype": "BYTES", "shape": [1], "data": ["a"]}], "outputs": [{"name": "x"}]}"#,
    ] {
      #expect(throws: Refusal.self, "\(wrong)") { try query(wrong) }
    }
  }
}
