import Dataset
import Testing

@Suite("Two sources as one") struct JoinedSourcesTests {
  private struct Source: VideoSource {
    let vectorSize: Int? = 1
    var values: [String: Float]
    var ids: [String] { values.keys.sorted() }

    func content(of id: String) -> VideoContent {
      values[id].map { .features([$0], dimension: 1) } ?? .missing(reason: "not there")
    }

    func fingerprint(of ids: some Sequence<String>) -> String {
      ids.map { "\($0)\(values[$0] ?? -1)" }.joined(separator: ",")
    }
  }

  private let base = Source(values: ["a": 1, "b": 2, "c": 3])
  private let more = Source(values: ["b": 20, "x": 30, "a": 10])

  @Test("A video is looked up in the source that it belongs to, whatever the other has of that name")
  func content() {
    let joined = JoinedSources(base, and: more, of: ["b", "x", "y"])
    #expect(joined.content(of: "a") == .features([1], dimension: 1))
    #expect(joined.content(of: "b") == .features([20], dimension: 1))
    #expect(joined.content(of: "x") == .features([30], dimension: 1))
    #expect(joined.content(of: "y") == .missing(reason: "not there"))
    #expect(joined.ids == ["a", "c", "b", "x"])
  }

  @Test("What is stored of either tells it from others, and what nobody asks for does not")
  func fingerprint() throws {
    func fingerprint(_ base: Source, _ more: Source) throws -> String {
      try JoinedSources(base, and: more, of: ["b", "x"]).fingerprint(of: ["a", "b"])
    }
    let own = try fingerprint(base, more)
    var other = base
    other.values["b"] = 5
    #expect(try fingerprint(other, more) == own, "b belongs to the other source")
    other.values["a"] = 5
    #expect(try fingerprint(other, more) != own)
    var another = more
    another.values["x"] = 5
    #expect(try fingerprint(base, another) == own)
    another.values["b"] = 5
    #expect(try fingerprint(base, another) != own)
  }
}
