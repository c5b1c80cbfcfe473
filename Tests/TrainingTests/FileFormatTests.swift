import Dataset
import Foundation
import JSONSchema
import Testing

@testable import Training

@Suite("File formats of runs and models") struct FileFormatTests {
  @Test("Schema, example and type of each file say the same")
  func formats() throws {
    #expect(try FileFormat("run-configuration").problems(as: RunConfiguration.self) == [])
    #expect(try FileFormat("run-inputs").problems(as: RunInputs.self) == [])
    #expect(try FileFormat("run-fold").problems(as: FoldRow.self) == [])
    #expect(try FileFormat("run-epoch").problems(as: FitEvent.Epoch.self) == [])
    #expect(try FileFormat("run-checkpoint").problems(as: CheckpointDescription.self) == [])
    #expect(try FileFormat("run-bad-step").problems(as: BadStepFolder.Description.self) == [])
    #expect(try FileFormat("run-report").problems(as: RunReport.self) == [])
    #expect(try FileFormat("calibration").problems(as: Calibration.self) == [])
    #expect(try FileFormat("model-configuration").problems(as: ModelDescription.self) == [])
    #expect(try FileFormat("preprocessor-configuration").problems(as: InputPreparation.self) == [])
  }

  @Test("Every preset fits the schema of configurations", arguments: Preset.allCases)
  func presets(preset: Preset) throws {
    let schema = JSONSchema(try FileFormat("run-configuration").schema)
    let value = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(preset.configuration))
    #expect(schema.problems(in: value) == [])
  }

  @Test("The schema names every modality that there is")
  func choices() throws {
    #expect(try FileFormat("run-configuration").choices(of: "modality") == Modality.allCases.map(\.rawValue))
  }
}
