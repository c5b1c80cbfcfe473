package import Storage
package import SystemPackage

/// The video files of a folder, found by id: `<id>.<extension>`, or `<id>` alone, in the folder itself or in a
/// folder directly inside it.
package struct VideoFolder: Sendable {
  package let path: FilePath
  /// Relative to `path`, the best first.
  private var candidates: [String: [String]]
  /// Files with a video's name that belong to none of the ids; how many, and the first by name.
  package private(set) var strangers: (count: Int, first: [String]) = (0, [])
  private static let strangersNamed = 5

  /// Lists the folder once, keeping what belongs to `ids`.
  ///
  /// - Throws: `FileError` when the folder cannot be read; one inside it that cannot is passed over.
  package init(_ path: FilePath, ids: some Sequence<String>) throws(FileError) {
    self.path = path
    let wanted = Set(ids)
    candidates = [:]
    for name in try Folder.names(in: path) {
      if collect(name, in: "", wanted) { continue }
      guard !Self.isVideo(name), Folder.isFolder(path.appending(name)) else {
        noteStranger(name)
        continue
      }
      for inner in (try? Folder.names(in: path.appending(name))) ?? [] {
        if !collect(inner, in: "\(name)/", wanted) { noteStranger("\(name)/\(inner)") }
      }
    }
    for id in candidates.keys { candidates[id]?.sort(by: Self.isBetter) }
  }

  /// The file of a video, relative to the folder; nil when there is none.
  package func file(of id: String) -> String? { candidates[id]?.first }

  /// Ids for which several files are equally good, with all of these; the first is the one that is taken.
  package var ambiguous: [(id: String, files: [String])] {
    candidates.compactMap { id, files in
      let equal = files.prefix { Self.isVideo($0) == Self.isVideo(files[0]) }
      return equal.count > 1 ? (id, Array(equal)) : nil
    }.sorted { $0.id < $1.id }
  }

  private mutating func noteStranger(_ file: String) {
    guard Self.isVideo(file) else { return }
    strangers.count += 1
    if strangers.first.count < Self.strangersNamed { strangers.first.append(file) }
  }

  /// Whether the file belongs to a wanted id.
  private mutating func collect(_ name: String, in folder: String, _ wanted: Set<String>) -> Bool {
    // An id may itself contain dots, so only what follows the last one is the extension.
    let stem = name.lastIndex(of: ".").map { String(name[..<$0]) }
    if let stem, wanted.contains(stem) {
      candidates[stem, default: []].append(folder + name)
    } else if wanted.contains(name), !Folder.isFolder(path.appending(folder + name)) {
      candidates[name, default: []].append(folder + name)
    } else {
      return false
    }
    return true
  }

  /// Videos before whatever else may lie beside them (subtitles, thumbnails, descriptions); then by name.
  private static func isBetter(_ a: String, _ b: String) -> Bool {
    isVideo(a) == isVideo(b) ? a.utf8.lexicographicallyPrecedes(b.utf8) : isVideo(a)
  }

  /// Only for choosing among several files: what a file is follows from its content.
  private static func isVideo(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return false }
    return videoExtensions.contains(name[name.index(after: dot)...].lowercased())
  }

  private static let videoExtensions: Set<String> = [
    "mp4", "m4v", "mov", "qt", "3gp", "3g2", "mkv", "webm", "avi", "flv", "f4v", "wmv", "asf", "ogv", "ogg",
    "rm",
    "rmvb", "ts", "m2ts", "mts", "mpg", "mpeg", "vob", "m2v", "h264", "264", "h265", "265", "hevc", "ivf",
    "obu", "gif",
  ]
}
