import Testing

@testable import Torch

@Suite struct OperatorsTests {
  @Test("every operator's name exists in this libtorch, but for those that newer versions brought")
  func names() {
    let missing = Operator.allCases.filter { !$0.isAvailable }
    #expect(missing.isEmpty || missing == [.scaledDotProductAttention])
  }
}
