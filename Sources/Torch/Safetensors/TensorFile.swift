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

  /// A tensor that a model computes with: whole numbers are codes of something else, such as weights in 8 bits, whose
  /// scale stands elsewhere.
  /// - Throws: where the tensor's numbers are not floating-point ones, and what is wrong with the file.
  package func weight(_ name: String) throws -> Tensor {
    let tensor = try tensor(name)
    guard tensor.type.isFloatingPoint else {
      throw SafetensorsError(
        path: path, tensor: spelling(of: name),
        reason: "is of type \(tensor.type.safetensorsName), where weights are floating-point numbers")
    }
    return tensor
  }
}

/// What a file of tensors may claim.
enum TensorClaims {
  /// Of one dimension: products of a few such sizes fit, also where another dimension is 0 and the tensor takes no room.
  static let largestSize = 1 << 40
  /// Bytes: names are looked up by each of their beginnings.
  static let longestName = 1024
}
