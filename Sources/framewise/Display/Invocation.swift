import Records

extension Framewise {
  /// What pages say that they were made by.
  static let program = "framewise \(version)"

  /// What a run says that it was begun by.
  static var invocation: Invocation {
    let versions = VersionReport()
    return Invocation(
      program: "\(program), libtorch \(versions.libtorch), Swift \(versions.swift)",
      command: ShellText.command(["framewise"] + CommandLine.arguments.dropFirst()))
  }
}
