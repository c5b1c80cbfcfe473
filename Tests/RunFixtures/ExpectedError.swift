package import Storage
package import Testing

/// Checks that `body` throws an error of the world, in one line that holds `parts`.
package func expectError(
  _ kind: ErrorKind, saying parts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  let error = #expect(throws: (any Error).self, sourceLocation: sourceLocation, performing: body)
  guard let error else { return }
  guard let reportable = error as? any ReportableError else {
    Issue.record("\(error) is not told to the user", sourceLocation: sourceLocation)
    return
  }
  #expect(reportable.kind == kind, "\(error)", sourceLocation: sourceLocation)
  #expect(!reportable.description.contains { $0.isNewline }, sourceLocation: sourceLocation)
  for part in parts {
    #expect(reportable.description.contains(part), "\(error)", sourceLocation: sourceLocation)
  }
}
