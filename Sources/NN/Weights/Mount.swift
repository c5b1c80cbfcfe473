import Torch

/// A checkpoint at a place in the tree of layers: which published tensor each layer there reads.
final class Mount {
  let source: WeightSource
  private let ignoring: NamePatterns
  private let fresh: NamePatterns
  private(set) var read: Set<String> = []
  private(set) var problems: [String] = []
  /// Where layers began afresh: what the checkpoint has there belonged to the layer before.
  private var freshPaths: Set<String> = []

  init(_ source: WeightSource) {
    self.source = source
    ignoring = NamePatterns(patterns: source.ignoring)
    fresh = NamePatterns(patterns: source.fresh)
  }

  var file: any TensorFile { source.file }
  private var prefix: String { source.prefix }

  /// The name below the place where the checkpoint is mounted.
  private func own(_ name: String) -> String {
    source.path.isEmpty ? name : String(name.dropFirst(source.path.count + 1))
  }

  /// The checkpoint's name of what is called `name` here.
  private func published(_ name: String) -> String {
    let own = own(name)
    let renaming = source.renaming
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
      problems.append("'\(file.spelling(of: name))' \(shape) is missing")
      return nil
    }
    read.insert(name)
    guard found == shape else {
      problems.append("'\(file.spelling(of: name))' is \(found), the configuration asks for \(shape)")
      return nil
    }
    do { return try file.weight(name) } catch {
      problems.append("\(error)")
      return nil
    }
  }

  /// Whether the checkpoint has what is called `name` here.
  func contains(_ name: String) -> Bool { file.shape(of: published(name)) != nil }

  /// Whether what is called `name` here begins afresh, as the checkpoint is known to lack it.
  func isFresh(_ name: String) -> Bool { fresh.contains(own(name)) }

  func noteFresh(_ name: String) {
    if let dot = name.lastIndex(of: ".") { freshPaths.insert(published(String(name[..<dot]))) }
  }

  /// What no layer here reads; names that do not begin with the prefix are somebody else's.
  var unread: [String] {
    file.names.filter { $0.hasPrefix(prefix) && !read.contains($0) && !isReplaced($0) && !isIgnored($0) }
  }

  /// What nobody need read.
  var passedOver: [String] {
    file.names.filter { !read.contains($0) && !($0.hasPrefix(prefix) && !isReplaced($0) && !isIgnored($0)) }
  }

  /// Whether the name lies at or below the path of a layer that began afresh.
  private func isReplaced(_ name: String) -> Bool {
    guard !freshPaths.isEmpty else { return false }
    return name.indices.contains { name[$0] == "." && freshPaths.contains(String(name[..<$0])) }
  }

  /// Whether nobody need read it: so also what holds no numbers, as a table of none of something.
  private func isIgnored(_ name: String) -> Bool {
    ignoring.contains(name.dropFirst(prefix.count)) || file.shape(of: name)?.contains(0) == true
  }
}
