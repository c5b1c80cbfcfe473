import JSONSchema
import Records
import Testing

@Suite("File formats of a run's records") struct FileFormatTests {
  @Test("Schema, example and type of each file say the same")
  func formats() throws {
    #expect(try FileFormat("run-inputs").problems(as: RunInputs.self) == [])
    #expect(try FileFormat("run-fold").problems(as: FoldRow.self) == [])
    #expect(try FileFormat("pseudo-label-header").problems(as: PseudoLabelHeader.self) == [])
    #expect(try FileFormat("pseudo-label").problems(as: PseudoLabel.self) == [])
    #expect(try FileFormat("unlabelled-video").problems(as: UnlabelledVideoRow.self) == [])
    #expect(try FileFormat("run-report").problems(as: RunReport.self) == [])
  }
}
