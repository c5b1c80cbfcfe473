package import Records
import Storage
package import SystemPackage

extension RunFolder {
  /// The models that predict: of the finished folds, and of all videos.
  package var models: [FilePath] {
    get throws {
      try foldsWithModel().map(model)
        + (Folder.isFolder(full.path) ? full.foldsWithModel().map(full.model) : [])
    }
  }

  /// The folds that have a model to predict with.
  package func foldsWithModel() throws -> [Int] {
    try Folder.names(in: path).compactMap { name in
      guard let number = Int(name.dropFirst("fold-".count)), fold(number).lastComponent?.string == name else {
        return nil
      }
      return isFinished(number) && ModelFolder.isComplete(model(number)) ? number : nil
    }.sorted()
  }
}
