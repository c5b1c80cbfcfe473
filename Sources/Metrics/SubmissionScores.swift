package import Dataset
import Storage
package import SystemPackage

extension Submission {
  /// The official metric of this submission.
  ///
  /// - Parameters:
  ///   - path, truthPath: what to call the two in a message.
  ///   - trainingCounts: videos of each level-2 class in training.
  /// - Throws: `SubmissionError` when the ids are not those of the truth, in whatever order.
  package func scores(
    against truth: Submission, path: FilePath, truthPath: FilePath, trainingCounts: [String: Int]? = nil
  ) throws(SubmissionError) -> Scores {
    let wanted = Set(truth.rows.map(\.id))
    let unknown = rows.indices.filter { !wanted.contains(rows[$0].id) }
    if let first = unknown.first {
      throw .line(
        path, first + 1,
        problem: "id \(quoted(rows[first].id)) is not in \(truthPath)\(Self.others(unknown.count - 1))")
    }
    let categories = Dictionary(rows.map { ($0.id, $0.category) }) { first, _ in first }
    let missing = truth.rows.filter { categories[$0.id] == nil }
    if let first = missing.first {
      throw .file(
        path,
        problem: "\(rows.count) lines for \(truth.rows.count) videos: there is none for "
          + "id \(quoted(first.id)) of \(truthPath)\(Self.others(missing.count - 1))")
    }
    return Scores(
      truth: truth.rows.map(\.category), predicted: truth.rows.compactMap { categories[$0.id] },
      trainingCounts: trainingCounts)
  }

  private static func others(_ count: Int) -> String {
    count == 0 ? "" : ", nor \(count == 1 ? "is 1 other" : "are \(count) others")"
  }
}
