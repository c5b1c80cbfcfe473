package import SystemPackage

/// Two sources as one: each video is looked up in the one that it belongs to, whatever the other has of the same name.
package struct JoinedSources: VideoSource {
  private let base: any VideoSource
  private let more: any VideoSource
  private let moreIDs: VideoIDs

  /// - Parameters:
  ///   - more: the source of the videos of these ids, of pictures of the same kind.
  ///   - moreIDs: which no video of `base` has that is asked for.
  package init(_ base: any VideoSource, and more: any VideoSource, of moreIDs: VideoIDs) {
    self.base = base
    self.more = more
    self.moreIDs = moreIDs
  }

  private func source(of id: String) -> any VideoSource { moreIDs.contains(id) ? more : base }

  package var vectorSize: Int? { base.vectorSize }
  package var vectorOrigin: VectorFolder.Origin? { base.vectorOrigin }
  package var path: FilePath? { base.path }
  package var problems: [String] { base.problems + more.problems }
  package var shortSide: Int? {
    guard let one = base.shortSide, let other = more.shortSide else { return base.shortSide }
    return min(one, other)
  }
  package var ids: [String] {
    base.ids.filter { !moreIDs.contains($0) } + more.ids.filter { moreIDs.contains($0) }
  }

  package func content(of id: String) -> VideoContent { source(of: id).content(of: id) }

  package func times(of id: String) -> [Double]? { source(of: id).times(of: id) }

  package func fingerprint(of ids: some Sequence<String>) throws -> String {
    let ids = Array(ids)
    var fingerprint = Fingerprint()
    fingerprint.add(try base.fingerprint(of: ids.filter { !moreIDs.contains($0) }))
    fingerprint.add(try more.fingerprint(of: ids.filter { moreIDs.contains($0) }))
    return fingerprint.text
  }
}
