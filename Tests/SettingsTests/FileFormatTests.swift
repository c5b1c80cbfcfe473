import Batching
import Foundation
import JSONSchema
import Models
import Testing

@testable import Settings

@Suite("File formats of configurations") struct FileFormatTests {
  @Test("Schema, example and type of each file say the same")
  func formats() throws {
    #expect(try FileFormat("run-configuration").problems(as: RunConfiguration.self) == [])
    #expect(try FileFormat("pretraining-configuration").problems(as: PretrainingConfiguration.self) == [])
    for name in ["backbone", "single-backbone"] {
      #expect(try FileFormat(name).problems(as: BackboneConfiguration.self) == [])
    }
    #expect(try FileFormat("text-encoder").problems(as: TextEncoderConfiguration.self) == [])
    #expect(try FileFormat("streams").problems(as: Streams.self) == [])
    #expect(try FileFormat("image-normalization").problems(as: ImageNormalization.self) == [])
  }

  @Test("Every preset fits the schema of configurations", arguments: Preset.allCases)
  func presets(preset: Preset) throws {
    let schema = JSONSchema(try FileFormat("run-configuration").schema)
    let value = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(preset.configuration))
    #expect(schema.problems(in: value) == [])
    let pretraining = JSONSchema(try FileFormat("pretraining-configuration").schema)
    let settings = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(preset.pretraining))
    #expect(pretraining.problems(in: settings) == [])
  }

  @Test(
    "Every backbone that weights were published for fits the schema",
    arguments: BackboneConfiguration.published.keys.sorted())
  func backbones(name: String) throws {
    let schema = JSONSchema(try FileFormat("backbone").schema)
    let value = try JSONDecoder().decode(
      JSONValue.self, from: JSONEncoder().encode(BackboneConfiguration.published[name]))
    #expect(schema.problems(in: value) == [])
  }

  @Test(
    "Every text encoder that weights were published for fits the schema",
    arguments: TextEncoderConfiguration.published.keys.sorted())
  func textEncoders(name: String) throws {
    let schema = JSONSchema(try FileFormat("text-encoder").schema)
    let value = try JSONDecoder().decode(
      JSONValue.self, from: JSONEncoder().encode(TextEncoderConfiguration.published[name]))
    #expect(schema.problems(in: value) == [])
  }

  @Test("The schema names every modality that there is")
  func choices() throws {
    #expect(try FileFormat("run-configuration").choices(of: "modality") == Modality.allCases.map(\.rawValue))
  }
}
