import Metrics
import Testing

@Suite("Mean and deviation")
struct StatisticsTests {
  @Test("The deviation is the sample's, not the population's")
  func sampleDeviation() {
    let statistics = Statistics([2, 4, 4, 4, 5, 5, 7, 9])
    #expect(statistics.mean == 5)
    #expect(statistics.deviation == (32.0 / 7).squareRoot())
  }

  @Test("One fold has no deviation, rather than 0 or a division by zero")
  func single() {
    #expect(Statistics([0.25]).deviation == nil)
    #expect("\(Statistics([0.25]))" == "0.2500")
  }

  @Test("Printed with four digits")
  func description() {
    #expect("\(Statistics([0.4, 0.5]))" == "0.4500 ± 0.0707")
  }
}
