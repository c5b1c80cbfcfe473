import Torch

/// A checkpoint at a place in the tree of layers: which published tensor each layer there reads.
final class Mount {
  let file: any TensorFile
  /// The scope's path, which the checkpoint's names lack.
  private let path: String
  /// What the checkpoint's names begin with instead.
  private let prefix: String
  private let renaming: [String: String]
  private let ignoring: [String]
  private(set) var read: Set<String> = []
  private(set) var problems: [String] = []
  /// Where layers began afresh: what the checkpoint has there belonged to the layer before.
  private var freshPaths: Set<String> = []

  init(
    _ file: any TensorFile, at path: String, under prefix: String, renaming: [String: String],
    ignoring: [String]
  ) {
    self.file = file
    self.path = path
    self.prefix = prefix
    self.renaming = renaming
    self.ignoring = ignoring
  }

  /// The checkpoint's name of what is called `name` here.
  private func published(_ name: String) -> String {
    let own = path.isEmpty ? name : String(name.dropFirst(path.count + 1))
    if let renamed = renaming[own] { return prefix + renamed }
    // The longest beginning that is renamed: `encoder.` → `bert.encoder.`.
    var end = own.endIndex
    while let dot = own[..<end].lastIndex(of: ".") {
      if let renamed = renaming[String(own[...dot])] {
        return prefix + renamed + own[own.index(after: dot)...]
      }
      end = dot
    }
    return prefix + own
  }

  /// nil, and a problem noted, where the checkpoint has nothing that fits.
  func tensor(_ name: String, shape: [Int]) -> Tensor? {
    let name = published(name)
    guard let found = file.shape(of: name) else {
      problems.append("'\(name)' \(shape) is missing")
      return nil
    }
    read.insert(name)
    guard found == shape else {
      problems.append("'\(name)' is \(found), the configuration asks for \(shape)")
      return nil
    }
    do { return try file.tensor(name) } catch {
      problems.append("\(error)")
      return nil
    }
  }

  /// Whether the checkpoint has what is called `name` here.
  func contains(_ name: String) -> Bool { file.shape(of: published(name)) != nil }

  func noteFresh(_ name: String) {
    if let dot = name.lastIndex(of: ".") { freshPaths.insert(published(String(name[..<dot]))) }
  }

  /// What no layer here reads; names that do not begin with the prefix are somebody else's.
  var unread: [String] {
    file.names.filter { $0.hasPrefix(prefix) && !read.contains($0) && !isReplaced($0) && !isIgnored($0) }
  }

  /// Whether the name lies at or below the path of a layer that began afresh.
  private func isReplaced(_ name: String) -> Bool {
    guard !freshPaths.isEmpty else { return false }
    return name.indices.contains { name[$0] == "." && freshPaths.contains(String(name[..<$0])) }
  }

  private func isIgnored(_ name: String) -> Bool {
    let own = name.dropFirst(prefix.count)
    return ignoring.contains { pattern in
      pattern.hasSuffix(".")
        ? own.hasPrefix(pattern) : pattern.hasPrefix(".") ? own.hasSuffix(pattern) : own == pattern
    }
  }
}
