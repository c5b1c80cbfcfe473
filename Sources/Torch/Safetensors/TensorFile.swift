package import SystemPackage

/// A file, or several that belong together, of named tensors: where a model's weights come from.
package protocol TensorFile: AnyObject {
  var path: FilePath { get }
  var names: [String] { get }
  /// nil where there is no tensor of that name.
  func shape(of name: String) -> [Int]?
  /// - Throws: what is wrong with the file.
  func tensor(_ name: String) throws -> Tensor
  /// What a user finds the tensor as, where the file itself calls it otherwise.
  func spelling(of name: String) -> String
}

extension TensorFile {
  package func spelling(of name: String) -> String { name }
}
