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

  private static func nothingKnown(_ path: FilePath) -> DatasetError {
    DatasetError(
      path,
      "holds no frames: neither shards with a dataset.json, nor archives of frames (zip_frames) or features (zip_feats); is this the folder given to extract --out?"
    )
  }
}
