package import Torch

/// Tensors that stand ready for the layers at one place of a model, whoever makes these: what a store is given where the
/// code that makes the model knows of no file.
package struct WeightSource {
  package let file: any TensorFile
  /// The path of the place, such as `backbone`.
  package let path: String
  /// What the file's names begin with instead; names that begin otherwise are left to others.
  package let prefix: String
  /// Names below the place that the file spells otherwise; one that ends in a dot stands for all below it.
  package let renaming: [String: String]
  /// The file's names, without the prefix, that no layer need read; one that ends in a dot stands for all below it, one
  /// that begins with a dot for all that end so.
  package let ignoring: [String]
  /// Names below the place that begin afresh, in the same spelling as `ignoring`.
  package let fresh: [String]

  package init(
    _ file: any TensorFile, at path: String, under prefix: String = "", renaming: [String: String] = [:],
    ignoring: [String] = [], fresh: [String] = []
  ) {
    self.file = file
    self.path = path
    self.prefix = prefix
    self.renaming = renaming
    self.ignoring = ignoring
    self.fresh = fresh
  }
}

/// Names by a list of patterns: a name, all below `a.`, or all that end in `.a`.
package struct NamePatterns {
  let patterns: [String]

  package init(patterns: [String]) { self.patterns = patterns }

  package func contains(_ name: some StringProtocol) -> Bool {
    patterns.contains { pattern in
      pattern.hasSuffix(".")
        ? name.hasPrefix(pattern) : pattern.hasPrefix(".") ? name.hasSuffix(pattern) : name == pattern
    }
  }
}
