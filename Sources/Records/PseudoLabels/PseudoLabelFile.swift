package import Dataset
package import Storage
package import SystemPackage

/// A file of pseudo-labels: a line that says where they come from, and a line for each.
package struct PseudoLabelFile: Sendable {
  package let header: PseudoLabelHeader
  private var tables: [Int: PseudoLabelTable]
  /// Under which the labels for the model of all videos are kept.
  private static let full = -1

  package init(_ header: PseudoLabelHeader, folds: [Int: PseudoLabelTable], full: PseudoLabelTable?) {
    self.header = header
    tables = folds
    tables[Self.full] = full
  }

  /// - Parameter fold: nil for the model of all videos.
  /// - Returns: nil where no labels were made for it.
  package func table(_ fold: Int?) -> PseudoLabelTable? { tables[fold ?? Self.full] }

  /// The places of the videos that have a label for anybody, ascending.
  package var videos: [Int] {
    tables.values.reduce(into: Set<Int>()) { $0.formUnion($1.videos) }.sorted()
  }

  package mutating func renumber(_ places: [Int: Int]) {
    for key in tables.keys { tables[key]?.renumber(places) }
  }

  /// - Parameter ids: of the annotations that the labels belong to.
  /// - Throws: `JSONError`, and `DatasetError` naming id and field: no line that does not fit is passed over.
  package init(reading path: FilePath, of ids: VideoIDs) throws {
    var found: (header: PseudoLabelHeader, numbers: [String: Int])?
    var tables: [Int: PseudoLabelTable] = [:]
    var count = 0
    try JSONLines.visit(PseudoLabelLine.self, from: path) { line in
      switch (line, found) {
      case (.header(let header), nil):
        let numbered = header.categories.enumerated().map { ($1, $0) }
        found = (header, Dictionary(uniqueKeysWithValues: numbered))
        for fold in header.folds { tables[fold] = PseudoLabelTable() }
        if header.full { tables[Self.full] = PseudoLabelTable() }
      case (.header, _?): throw DatasetError(path, "says twice where its labels come from")
      case (.label, nil):
        throw DatasetError(path, "does not begin with the line that says where labels come from")
      case (.label(let label), let known?):
        count += 1
        func wrong(_ field: PseudoLabel.CodingKeys, _ problem: String) -> DatasetError {
          DatasetError(path, id: label.id, field: field.rawValue, problem)
        }
        guard let video = ids.place(of: label.id) else { throw wrong(.id, "is not among the annotations") }
        let key = label.fold ?? Self.full
        guard key >= 0 || label.fold == nil, let isThere = tables[key]?.contains(video) else {
          throw wrong(.fold, "is none that the first line names")
        }
        guard !isThere else { throw wrong(.id, "has two labels for the same fold") }
        let entries = try label.probabilities.sorted { $0.key < $1.key }.map { name, probability in
          guard let category = known.numbers[name] else {
            throw wrong(.probabilities, "name \(quoted(name)), which is none of the categories")
          }
          return (category: category, probability: probability)
        }
        tables[key]?.append(video, entries, weight: label.weight)
      }
    }
    guard let header = found?.header else { throw DatasetError(path, "is empty") }
    guard count == header.labels else {
      throw DatasetError(path, "has \(count) labels, \(header.labels) were written")
    }
    self.header = header
    self.tables = tables
  }

  /// Writes the file; it is there as a whole or not at all.
  /// - Parameter ids: of the annotations that the labels belong to.
  package func write(to path: FilePath, ids: [String]) throws(FileError) {
    var file = try LineWriter(path)
    try file.append(JSONText.encode(header))
    func order(_ key: Int) -> Int { key == Self.full ? .max : key }
    for (key, table) in tables.sorted(by: { order($0.key) < order($1.key) }) {
      for row in 0..<table.count {
        let probabilities = table.label(row).map { (header.categories[$0.category], $0.probability) }
        let label = PseudoLabel(
          id: ids[table.videos[row]], fold: key == Self.full ? nil : key,
          probabilities: Dictionary(uniqueKeysWithValues: probabilities), weight: table.weights[row])
        try file.append(JSONText.encode(label))
      }
    }
    try file.commit()
  }
}
