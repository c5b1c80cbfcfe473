package import Configuration
package import Inference
import Storage

/// Runs of one configuration that differ by their seed alone, each in `seed-<n>` of one folder: with several folds
/// each, folds × seeds members of one ensemble.
package struct SeededRuns {
  private let configuration: RunConfiguration
  private let count: Int
  private let folder: RunFolder

  /// - Parameter count: how many seeds, from the configuration's on.
  package init(_ configuration: RunConfiguration, count: Int, in folder: RunFolder) {
    self.configuration = configuration
    self.count = count
    self.folder = folder
  }

  /// Trains what is not finished yet, one seed after the other, and scores the mean of all.
  /// - Parameter train: makes and trains one run; what it says of the run is the same for all seeds.
  package func run(_ train: (RunConfiguration, RunFolder) throws -> RunSummary) throws -> RunReport {
    guard !Folder.exists(folder.configuration) else {
      throw RunFolderError(path: folder.path, difference: "one seed")
    }
    try Folder.create(folder.path)
    var members: [RunFolder] = []
    var summary: RunSummary?
    for number in 0..<count {
      var configuration = configuration
      configuration.seed &+= UInt64(number)
      let member = folder.member(configuration.seed)
      summary = try train(configuration, member)
      members.append(member)
    }
    guard let summary else { preconditionFailure("no seed to train") }
    return try summary.write(members, to: folder)
  }
}
