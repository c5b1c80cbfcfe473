package import Dataset
package import Storage
package import SystemPackage

/// The video files of a folder, found by id: `<id>.<extension>`, or `<id>` alone, in the folder itself or in a
/// folder directly inside it.
package struct VideoFolder: Sendable {
  package let path: FilePath
  private let ids: VideoIDs
  /// The file of each id, in as little memory as may be.
  private var found: [Found]
  /// Of the places of ids that have several files, or one that is not spelt as they are, all of these relative to `path`, the
  /// best first.
  private var several: [Int: [String]] = [:]
  private var folders: [String] = [""]
  private var endings: [String] = []
  private var endingNumbers: [String: UInt32] = [:]

  /// `<folder>/<id><ending>`, by numbers.
  private struct Found {
    static let none = UInt32.max
    var folder = none
    var ending: UInt32 = 0
  }

  /// Files with a video's name that belong to none of the ids; how many, and the first by name.
  package private(set) var strangers: (count: Int, first: [String]) = (0, [])
  /// Folders inside it that may not be read, such as an administrator's.
  package private(set) var closed: [String] = []
  /// Whatever is directly in it; how many, and the first by name.
  private let entries: (count: Int, first: ArraySlice<String>)
  private static let strangersNamed = 5

  /// Lists the folder once, keeping what belongs to `ids`.
  ///
  /// - Throws: `FileError` when the folder, or one inside it, cannot be read to its end. One that may not be read is
  ///   passed over.
  package init(_ path: FilePath, ids: VideoIDs) throws(FileError) {
    self.path = path
    self.ids = ids
    found = [Found](repeating: Found(), count: ids.count)
    let names = try Folder.names(in: path)
    entries = (names.count, names.prefix(3))
    for name in names {
      if try collect(name, in: 0) { continue }
      guard !Self.isVideo(name), try Folder.holdsFolder(path.appending(name)) else {
        noteStranger(name)
        continue
      }
      folders.append("\(name)/")
      for inner in try self.names(inside: name) {
        if try !collect(inner, in: folders.count - 1) { noteStranger("\(name)/\(inner)") }
      }
    }
    for place in several.keys { several[place]?.sort(by: Self.isBetter) }
  }

  private mutating func names(inside name: String) throws(FileError) -> [String] {
    do { return try Folder.names(in: path.appending(name)) } catch {
      switch error.reason {
      case .permissionDenied, .notPermitted: closed.append(name)
      case .noSuchFileOrDirectory, .notDirectory: break  // gone meanwhile
      default: throw error
      }
      return []
    }
  }

  /// - Throws: `DatasetError` where not one of the ids has a file: that is the wrong folder, and not so many videos that
  ///   are missing.
  package func requireAny() throws(DatasetError) {
    guard several.isEmpty, found.allSatisfy({ $0.folder == Found.none }), let first = ids.first else {
      return
    }
    let names = entries.first.joined(separator: ", ")
    let present =
      switch entries.count {
      case 0: "it is empty"
      case ...3: "it holds \(names)"
      default: "it holds \(entries.count) files and folders, \(names) and others"
      }
    throw DatasetError(
      path,
      "has no file for any of the \(ids.count) ids; looked for \(first).<extension> and so on, in it and in the folders "
        + "in it; \(present)\(closed.isEmpty ? "" : ", of which \(closed.count) may not be read")")
  }

  /// The file of a video, relative to the folder; nil when there is none.
  package func file(of id: String) -> String? { ids.place(of: id).flatMap(file(at:)) }

  private func file(at place: Int) -> String? {
    if let files = several[place] { return files.first }
    let found = found[place]
    guard found.folder != Found.none else { return nil }
    return folders[Int(found.folder)] + ids[place] + endings[Int(found.ending)]
  }

  /// Ids for which several files are equally good, with all of these; the first is the one that is taken.
  package var ambiguous: [(id: String, files: [String])] {
    several.compactMap { place, files in
      let equal = files.prefix { Self.isVideo($0) == Self.isVideo(files[0]) }
      return equal.count > 1 ? (ids[place], Array(equal)) : nil
    }.sorted { $0.id < $1.id }
  }

  private mutating func noteStranger(_ file: String) {
    guard Self.isVideo(file) else { return }
    strangers.count += 1
    if strangers.first.count < Self.strangersNamed { strangers.first.append(file) }
  }

  /// Whether the file belongs to a wanted id.
  private mutating func collect(_ name: String, in folder: Int) throws(FileError) -> Bool {
    // An id may itself contain dots, so only what follows the last one is the extension.
    let stem = name.lastIndex(of: ".").map { String(name[..<$0]) }
    if let place = stem.flatMap(ids.place) {
      add(name, in: folder, to: place)
    } else if let place = ids.place(of: name), try !Folder.holdsFolder(path.appending(folders[folder] + name))
    {
      add(name, in: folder, to: place)
    } else {
      return false
    }
    return true
  }

  private mutating func add(_ name: String, in folder: Int, to place: Int) {
    let id = ids[place]
    if let earlier = file(at: place) {
      several[place, default: [earlier]].append(folders[folder] + name)
    } else if name.utf8.starts(with: id.utf8), let number = UInt32(exactly: folder) {
      let ending = String(name.utf8.dropFirst(id.utf8.count)) ?? ""
      found[place] = Found(folder: number, ending: numberOf(ending))
    } else {
      several[place] = [folders[folder] + name]
    }
  }

  private mutating func numberOf(_ ending: String) -> UInt32 {
    if let number = endingNumbers[ending] { return number }
    endings.append(ending)
    endingNumbers[ending] = UInt32(endings.count - 1)
    return UInt32(endings.count - 1)
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
