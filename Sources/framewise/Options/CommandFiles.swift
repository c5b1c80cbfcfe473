import ArgumentParser
import Glibc
import Storage
import SystemPackage

/// A command that says which files it reads and which it makes; all of Framewise's do.
protocol FileCommand: ParsableCommand {
  var files: CommandFiles { get throws }
}

/// What a command reads and makes, told before it does either: so that there is one place that keeps a command from
/// writing over its own input, or over what the user did not tell it to.
///
/// Folders that go on from run to run (`extract`, `fit`) have rules of their own and are not here.
struct CommandFiles {
  struct Input {
    /// As the user writes it, `--annotations`.
    var option: String
    var path: FilePath

    /// Whether it is a folder with this file somewhere in it, whichever links lead there.
    fileprivate func holds(_ file: FilePath) -> Bool {
      Folder.isFolder(path) && Folder.resolved(file).starts(with: Folder.resolved(path))
    }
  }

  struct Output {
    var option: String
    var path: FilePath
    var existing: Existing
    /// Whether the command makes the folders on the way.
    var hasFolder = false
  }

  /// What becomes of a file that is there already.
  enum Existing {
    /// The command made it.
    case replaced
    /// Replaced with `--overwrite` alone.
    case asked(overwrite: Bool)
    case refused
  }

  private(set) var inputs: [Input] = []
  private(set) var outputs: [Output] = []
  /// Whether results are printed as JSON.
  var printsJSON = false

  mutating func read(_ option: String, _ path: FilePath?) {
    if let path { inputs.append(Input(option: option, path: path)) }
  }

  /// Also what another group of options reads and makes.
  mutating func add(_ other: CommandFiles) {
    inputs += other.inputs
    outputs += other.outputs
  }

  mutating func make(_ option: String, _ path: FilePath?, existing: Existing, hasFolder: Bool = false) {
    guard let path else { return }
    outputs.append(Output(option: option, path: path, existing: existing, hasFolder: hasFolder))
  }

  /// Whether an output goes to standard output, so that results have to go elsewhere.
  var takeStandardOutput: Bool {
    outputs.contains { (try? OutputTarget($0.path)) == .descriptor(STDOUT_FILENO) }
  }

  /// - Throws: `CommandFilesError`, or `FileError` where an output cannot be made; then nothing has been touched.
  func check() throws {
    var readers: [Int32: String] = [:]
    for input in inputs {
      guard let number = OutputTarget.openDescriptor(namedBy: input.path) else { continue }
      if let other = readers.updateValue(input.option, forKey: number) {
        throw CommandFilesError.same(input.option, other, input.path)
      }
    }
    var writers: [FileIdentity: String] = [:]
    for output in outputs {
      let target = try OutputTarget(output.path)
      if let identity = FileIdentity(of: target) {
        if let input = inputs.first(where: { FileIdentity(ofFile: $0.path) == identity }) {
          throw CommandFilesError.same(output.option, input.option, output.path)
        }
        if let other = writers.updateValue(output.option, forKey: identity) {
          throw CommandFilesError.same(output.option, other, output.path)
        }
      }
      if case .file(let path) = target {
        if Folder.exists(path) {
          switch output.existing {
          case .replaced: break
          case .asked(overwrite: true):
            if let input = inputs.first(where: { $0.holds(path) }) {
              throw CommandFilesError.within(output.option, input.option, output.path, input.path)
            }
          case .asked(overwrite: false):
            throw CommandFilesError.exists(output.option, output.path, canOverwrite: true)
          case .refused: throw CommandFilesError.exists(output.option, output.path, canOverwrite: false)
          }
        }
        let folder = path.removingLastComponent()
        if output.hasFolder, !folder.isEmpty, !Folder.isFolder(folder) { continue }
      }
      try AtomicFile.probe(output.path)
    }
    if printsJSON, takeStandardOutput { throw CommandFilesError.twoResults }
  }
}

/// Tells whether two paths are one file, whatever links lead to it.
private enum FileIdentity: Hashable {
  case inode(UInt64, device: UInt64)
  /// Not there yet: its folder, and its name.
  case name(FilePath, in: FilePath)
  case descriptor(Int32)

  /// Nil where it does not matter: terminals and `/dev/null` can be both ends of everything.
  init?(of target: OutputTarget) {
    switch target {
    case .descriptor(let number): self = .descriptor(number)
    case .stream(let path):
      var information = stat()
      guard stat(path.string, &information) == 0, information.st_mode & S_IFMT != S_IFCHR else { return nil }
      self.init(information)
    case .file(let path):
      if let identity = FileIdentity(ofFile: path) {
        self = identity
        return
      }
      self = .name(
        FilePath(path.lastComponent?.string ?? ""), in: Folder.resolved(path.removingLastComponent()))
    }
  }

  /// Nil where there is no regular file.
  init?(ofFile path: FilePath) {
    var information = stat()
    guard stat(path.string, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(information)
  }

  private init(_ information: stat) {
    self = .inode(UInt64(information.st_ino), device: UInt64(information.st_dev))
  }
}

/// Files that would come into each other's way.
enum CommandFilesError: ReportableError {
  case same(String, String, FilePath)
  case exists(String, FilePath, canOverwrite: Bool)
  case within(String, String, FilePath, FilePath)
  case twoResults

  var kind: ErrorKind {
    switch self {
    case .same, .within, .twoResults: .usage
    case .exists: .cannotCreate
    }
  }

  var description: String {
    switch self {
    case .same(let option, let other, let path): "\(option): is the same file as \(other), \(path)"
    case .exists(let option, let path, let canOverwrite):
      "\(path): is there already; give another \(option)\(canOverwrite ? ", or --overwrite to replace it" : "")"
    case .within(let option, let other, let path, let folder):
      "\(option): \(path) is in \(folder), which \(other) reads; --overwrite replaces nothing there"
    case .twoResults: "--json: prints on standard output, where an output goes already"
    }
  }
}
