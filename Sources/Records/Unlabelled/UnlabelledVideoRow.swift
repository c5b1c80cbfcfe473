package import Dataset
import Storage

/// A line of `unlabelled-videos.jsonl`: a video that a run was trained on without its category.
package struct UnlabelledVideoRow: Codable, Sendable, Equatable {
  package let id: String

  package init(id: String) { self.id = id }
}

extension RunFolder {
  /// The videos that the run, or one of its seeds, was trained on without their categories; nil where it was on none.
  package func unlabelledVideoIDs() throws -> VideoIDs? {
    guard Folder.isFolder(path) else { return nil }
    var ids: VideoIDs?
    for member in try members where Folder.exists(member.unlabelledVideos) {
      var known = ids.take() ?? VideoIDs()
      try JSONLines.visit(UnlabelledVideoRow.self, from: member.unlabelledVideos) { known.append($0.id) }
      ids = known
    }
    return ids
  }
}
