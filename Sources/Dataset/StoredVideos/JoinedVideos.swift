import Storage
package import SystemPackage

/// The videos of several sources as one.
package struct JoinedVideos: VideoSource {
  private let sources: [any VideoSource]
  /// The number of the source that has each video.
  private let homes: [String: Int]

  /// - Throws: `DatasetError` where two have a video of one id, or one holds frames and another vectors, or vectors of
  ///   another width.
  package init(_ sources: [any VideoSource]) throws(DatasetError) {
    self.sources = sources
    var homes: [String: Int] = [:]
    for (number, source) in sources.enumerated() {
      if let first = sources.first, first.vectorSize != source.vectorSize {
        throw DatasetError(
          Self.name(source), "holds \(Self.kind(source)), and \(Self.name(first)) \(Self.kind(first))")
      }
      for id in source.ids {
        if let other = homes.updateValue(number, forKey: id), other != number {
          throw DatasetError(Self.name(source), id: id, "is in \(Self.name(sources[other])), too")
        }
      }
    }
    self.homes = homes
  }

  private static func name(_ source: any VideoSource) -> FilePath { source.path ?? "--frames" }

  private static func kind(_ source: any VideoSource) -> String {
    source.vectorSize.map { "vectors of \($0) numbers" } ?? "frames"
  }

  package var vectorSize: Int? { sources.first?.vectorSize }
  package var vectorOrigin: VectorFolder.Origin? {
    // One that a run has made counts before the others: it has seen labels.
    let origins = sources.compactMap(\.vectorOrigin)
    return origins.first { $0.run != nil } ?? origins.first
  }
  package var path: FilePath? { sources.count == 1 ? sources[0].path : nil }
  package var ids: [String] { sources.flatMap(\.ids) }
  package var problems: [String] { sources.flatMap(\.problems) }
  package var shortSide: Int? { sources.compactMap(\.shortSide).min() }

  package func content(of id: String) -> VideoContent {
    homes[id].map { sources[$0].content(of: id) } ?? .missing(reason: "is in no source")
  }

  package func times(of id: String) -> [Double]? { homes[id].flatMap { sources[$0].times(of: id) } }

  package func fingerprint(of ids: some Sequence<String>) throws -> String {
    let ids = Array(ids)
    guard sources.count > 1 else { return try sources.first?.fingerprint(of: ids) ?? Fingerprint().text }
    var fingerprint = Fingerprint()
    for (number, source) in sources.enumerated() {
      fingerprint.add(try source.fingerprint(of: ids.filter { homes[$0] == number }))
    }
    return fingerprint.text
  }
}
