import JSONSchema
import Testing

@testable import Inference

@Suite("File formats of models and calibrations") struct FileFormatTests {
  @Test("Schema, example and type of each file say the same")
  func formats() throws {
    #expect(try FileFormat("calibration").problems(as: Calibration.self) == [])
    #expect(try FileFormat("encoder-configuration").problems(as: EncoderDescription.self) == [])
    #expect(try FileFormat("model-configuration").problems(as: ModelDescription.self) == [])
  }
}
