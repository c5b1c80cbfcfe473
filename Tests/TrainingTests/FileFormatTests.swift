import JSONSchema
import Testing

@testable import Training

@Suite("File formats of the training of a fold") struct FileFormatTests {
  @Test("Schema, example and type of each file say the same")
  func formats() throws {
    #expect(try FileFormat("run-checkpoint").problems(as: CheckpointDescription.self) == [])
    #expect(try FileFormat("run-bad-step").problems(as: BadStepFolder.Description.self) == [])
  }
}
