import JSONSchema
import Testing

@testable import Batching

@Suite("File formats of a model's input") struct FileFormatTests {
  @Test("Schema, example and type of each file say the same")
  func formats() throws {
    #expect(try FileFormat("preprocessor-configuration").problems(as: InputPreparation.self) == [])
  }
}
