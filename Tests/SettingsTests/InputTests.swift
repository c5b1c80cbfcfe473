import Batching
import RunFixtures
import Testing

@testable import Settings

@Suite struct InputTests {
  @Test(
    "The square that a run keeps has room for its smallest crop, within bounds, and inference keeps the same one",
    arguments: [("0.5", 23), ("1", 16), ("0.01", 32)])
  func square(area: String, side: Int) throws {
    let input = try TinyData.configuration("training.augmentation.frames.minimum_area=\(area)").input
    #expect(input.imageSize == 16 && input.squareSize == side)
  }
}
