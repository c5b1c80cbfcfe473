import Storage
package import SystemPackage

package enum VideoSources {
  /// The pictures at `path`, whichever kind they are: `extract`'s shards, the challenge's archives, or vectors of frames.
  ///
  /// - Throws: `DatasetError` saying what was expected when it is none of them.
  package static func open(_ path: FilePath) throws(DatasetError) -> any VideoSource {
    guard Folder.exists(path) else { throw DatasetError(path, "is not there", kind: .missingInput) }
    guard Folder.isFolder(path) else {
      guard path.extension == "zip" else { throw nothingKnown(path) }
      return try FeatureArchive([path])
    }
    let names: [String]
    do { names = try Folder.names(in: path) } catch { throw DatasetError(error) }
    if names.contains(DatasetDescription.fileName.string) { return try ShardedFrames(path) }
    if VectorFolder.isComplete(path), names.contains(VectorFolder.vectorsName) {
      return try VectorFolder(path)
    }
    if names.contains(where: ShardName.isTar) {
      throw DatasetError(
        path, "holds shards but no dataset.json: extract did not finish; run the same command again")
    }
    let zips = names.filter { $0.hasSuffix(".zip") }
    if !zips.isEmpty { return try FeatureArchive(zips.map(path.appending)) }
    do { return try FrameArchives(path) } catch {
      // A folder in it that cannot be read may hold what is looked for.
      throw error.kind == .badData ? nothingKnown(path) : error
    }
  }

  /// The pictures at all of these places as one source; nil where there are none.
  /// - Throws: `DatasetError`, also where two places do not go together.
  package static func open(_ paths: [FilePath]) throws(DatasetError) -> (any VideoSource)? {
    guard !paths.isEmpty else { return nil }
    var sources: [any VideoSource] = []
    for path in paths { sources.append(try open(path)) }
    return sources.count == 1 ? sources[0] : try JoinedVideos(sources)
  }

  private static func nothingKnown(_ path: FilePath) -> DatasetError {
    DatasetError(
      path,
      "holds no frames: neither shards with a dataset.json, nor archives of frames (zip_frames) or features (zip_feats); is this the folder given to extract --out?"
    )
  }
}
