/// How a published layout spells the tensors of a model, as a table: by what a tensor is called here, or by what all names
/// below a path begin with (`blocks.0.attn.qkv.`), what a file has for it. One table serves both ways, reading and writing.
struct PublishedNames {
  private var rows: [String: PublishedTensor] = [:]

  init(_ rows: KeyValuePairs<String, PublishedTensor> = [:]) { add(rows) }

  /// - Precondition: no row is there yet.
  mutating func add(_ rows: KeyValuePairs<String, PublishedTensor>) {
    for (name, stored) in rows {
      precondition(self.rows.updateValue(stored, forKey: name) == nil, "\(name) stands twice in a table")
    }
  }

  /// The rows of another table, each below `place` here and below `published` there.
  mutating func add(_ rows: KeyValuePairs<String, PublishedTensor>, below place: String, _ published: String)
  {
    for (name, stored) in rows { self.rows[place + name] = stored.below(published) }
  }

  /// What a file has for the tensor that is called `name` here; nil where the table has no row for it.
  func stored(_ name: String) -> PublishedTensor? {
    if let stored = rows[name] { return stored }
    var end = name.endIndex
    while let dot = name[..<end].lastIndex(of: ".") {
      if let stored = rows[String(name[...dot])] { return stored.with(name[name.index(after: dot)...]) }
      end = dot
    }
    return nil
  }

  /// What reads each of a file's tensors: by the file's name, or beginning of names, those here.
  var readers: [String: [String]] {
    var readers: [String: [String]] = [:]
    for (name, stored) in rows { for part in stored.names { readers[part, default: []].append(name) } }
    return readers
  }
}

/// What a file has for a tensor. Names end in a dot where they stand for all below.
enum PublishedTensor: Equatable {
  case named(String)
  /// The same numbers with more or fewer leading dimensions of 1: how many dimensions the file's tensor and the model's have.
  case leading(String, stored: Int, own: Int)
  /// Several side by side along their first dimension, all of one size.
  case joined([String])
  /// Some of `count` equal parts along the first dimension.
  case parts(Range<Int>, of: Int, String)
  /// `[1, 1, width]` that the first row of a table `[1, rows, width]` is added to: a class token whose position is stored
  /// apart.
  case placed(String, byFirstOf: String)
  /// A table `[1, rows, width]` but for its first row.
  case rest(String)

  var names: [String] {
    switch self {
    case .named(let name), .leading(let name, _, _), .parts(_, _, let name), .rest(let name): [name]
    case .joined(let names): names
    case .placed(let name, let table): [name, table]
    }
  }

  private func renamed(_ change: (String) -> String) -> PublishedTensor {
    switch self {
    case .named(let name): .named(change(name))
    case .leading(let name, let stored, let own): .leading(change(name), stored: stored, own: own)
    case .joined(let names): .joined(names.map(change))
    case .parts(let parts, let count, let name): .parts(parts, of: count, change(name))
    case .placed(let name, let table): .placed(change(name), byFirstOf: change(table))
    case .rest(let name): .rest(change(name))
    }
  }

  func below(_ path: String) -> PublishedTensor { renamed { path + $0 } }
  func with(_ ending: Substring) -> PublishedTensor { renamed { $0 + ending } }
}

extension PublishedTensor: ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
  init(stringLiteral name: String) { self = .named(name) }
  init(arrayLiteral names: String...) { self = .joined(names) }
}
