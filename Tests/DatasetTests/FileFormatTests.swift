import Foundation
import JSONSchema
import Testing

@testable import Dataset

@Suite struct FileFormatTests {
  @Test("Schema, example and type of each file say the same")
  func formats() throws {
    let folder = try TemporaryFolder()
    let annotations = try FileFormat("annotation").problems { value in
      let path = try folder.file("a.json", Array(JSONEncoder().encode(value)))
      return try AnnotationFile.read(path) { _ in }
    }
    #expect(annotations == [])
    #expect(try FileFormat("dataset").problems(as: DatasetDescription.self) == [])
    #expect(try FileFormat("shard-sample").problems(as: ShardSample.self) == [])
    #expect(try FileFormat("shard-index").problems(as: ShardIndex.self) == [])
    #expect(try FileFormat("quarantine").problems(as: QuarantineRow.self) == [])
    #expect(try FileFormat("prediction").problems(as: Prediction.self) == [])
    #expect(try FileFormat("vector-row").problems(as: VectorFolder.Row.self) == [])
    #expect(try FileFormat("vector-origin").problems(as: VectorFolder.Origin.self) == [])
    #expect(try FileFormat("vector-damage").problems(as: VectorFolder.Damage.self) == [])
  }

  @Test("The schemas name every reason and status that there is")
  func choices() throws {
    #expect(
      try FileFormat("quarantine").choices(of: "reason") == QuarantineRow.Reason.allCases.map(\.rawValue))
    #expect(try FileFormat("prediction").choices(of: "status") == PredictionStatus.allCases.map(\.rawValue))
  }

  @Test(
    "The checker finds what does not fit",
    arguments: [
      ("{\"type\":\"object\",\"required\":[\"a\"]}", "{}"),
      ("{\"type\":\"integer\"}", "1.5"), ("{\"type\":[\"string\",\"null\"]}", "1"),
      ("{\"type\":\"number\"}", "true"),
      ("{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}"),
      ("{\"properties\":{},\"additionalProperties\":false}", "{\"a\":1}"),
      ("{\"patternProperties\":{\"^x\":{\"minimum\":3}},\"additionalProperties\":false}", "{\"x1\":2}"),
      ("{\"items\":{\"enum\":[\"a\"]}}", "[\"a\",\"b\"]"), ("{\"const\":1}", "2"),
      ("{\"pattern\":\"^[0-9]{4}$\"}", "\"12345\""), ("{\"minLength\":1}", "\"\""),
      ("{\"maxLength\":1}", "\"ab\""),
      ("{\"minimum\":1}", "0"), ("{\"maximum\":1}", "2"), ("{\"exclusiveMinimum\":0}", "0"),
      ("{\"exclusiveMaximum\":1}", "1"),
      ("{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"type\":\"string\"}}}", "1"),
      ("{\"$ref\":\"#/$defs/b\"}", "1"),
      ("{\"minimun\":1}", "5"), ("false", "1"),
    ])
  func checker(schema: String, value: String) throws {
    #expect(!JSONSchema(try JSONValue(text: schema)).problems(in: try JSONValue(text: value)).isEmpty)
  }
}
