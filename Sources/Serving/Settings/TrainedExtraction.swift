package import Dataset
import Records
import Storage
package import SystemPackage

extension DatasetDescription.Extraction {
  /// As `extract` does it unless it is told otherwise.
  package static let usual = Self(framesPerSecond: 1, maximumFrames: 32, shortSide: 256, quality: 90)

  /// How the frames were extracted that a run was trained on; nil where they are not there any more, or were not extracted.
  /// - Parameter path: a run folder, or the folder of one of its models.
  package init?(ofRun path: FilePath) throws {
    let run = ModelFolders.run(of: path)
    guard let frames = try RunFolder(run).recordedInputs()?.framesPath,
      Folder.exists(FilePath(frames).appending(DatasetDescription.fileName))
    else { return nil }
    self = try DatasetDescription.read(fromFolder: FilePath(frames)).extraction
  }
}

private enum ModelFolders {
  /// `runs/first` for itself and for `runs/first/fold-00/model`.
  static func run(of path: FilePath) -> FilePath {
    let above = path.removingLastComponent().removingLastComponent()
    let inputs = RunFolder(above).inputs
    return path.lastComponent != nil && !Folder.exists(RunFolder(path).inputs) && Folder.exists(inputs)
      ? above : path
  }
}
