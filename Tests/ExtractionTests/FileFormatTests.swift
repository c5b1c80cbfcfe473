import JSONSchema
import Testing

@testable import Extraction

@Suite("The files of an unfinished extraction")
struct FileFormatTests {
  @Test("Schema, example and type of each say the same")
  func formats() throws {
    #expect(try FileFormat("extraction-plan").problems(as: ExtractionPlan.self) == [])
    #expect(try FileFormat("extraction-part").problems(as: ShardPart.self) == [])
    #expect(try FileFormat("extraction-record").problems(as: ExtractedVideo.Header.self) == [])
  }
}
