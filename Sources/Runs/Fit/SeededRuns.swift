package import Records
package import Settings

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

  /// Trains what is not finished yet, one seed after the other, and scores the mean of all that are in the folder and
  /// finished.
  /// - Parameter fit: makes the training of one run, and writes nothing.
  /// - Parameter train: trains it.
  /// - Throws: `RunFolderError` where the folder holds something else, or runs of another recipe or of other inputs.
  package func run(
    fit: (RunConfiguration, RunFolder) throws -> Fit, train: (Fit) throws -> Void
  ) throws -> RunReport {
    try folder.openForSeeds()
    var members: [RunFolder] = []
    var summary: RunSummary?
    for number in 0..<count {
      var configuration = configuration
      configuration.seed &+= UInt64(number)
      let member = folder.member(configuration.seed)
      let fit = try fit(configuration, member)
      try folder.requireSameMembers(configuration, fit.inputs)
      try train(fit)
      // What it says of the run is the same for all seeds.
      summary = fit.summary
      members.append(member)
    }
    guard let summary else { preconditionFailure("no seed to train") }
    // Those of earlier commands are members of the ensemble as well.
    let counted = try folder.members.filter { member in
      members.contains { $0.path == member.path } || (0..<configuration.folds).allSatisfy(member.isFinished)
    }
    return try summary.write(counted, to: folder)
  }
}
