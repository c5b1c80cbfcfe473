import Testing

@testable import Torch

@Suite struct OperatorsTests {
  @Test("every operator's name exists in this libtorch, but for those that newer versions brought")
  func names() {
    let missing = Operator.allCases.filter { !$0.isAvailable }
    let newer: [Operator] = [.scaledDotProductAttention, .flashAttention, .foreachCopy, .fusedAdamW]
    #expect(missing.isEmpty || missing == newer)
  }

  @Test(
    "every operator gives the known result of its example: arguments in the wrong order would not",
    arguments: Operator.allCases.filter { $0.isAvailable && $0 != .flashAttention })
  func examples(operation: Operator) throws {
    let example = example(of: operation)
    try #require(example.results.count == example.expected.count)
    for (result, expected) in zip(example.results, example.expected) {
      #expect(result.shape == expected.shape)
      #expect(result.type == expected.type)
      for (found, wanted) in zip(
        result.to(.float64).values(Double.self), expected.to(.float64).values(Double.self))
      {
        #expect(abs(found - wanted) <= 1e-6 * max(1, abs(wanted)))
      }
    }
  }

  @Test(
    "an absent tensor, a scalar of either kind and a missing trailing argument are taken as the schema says")
  func boxing() {
    let x = Tensor([1, 2] as [Float], shape: [1, 2])
    let weight = Tensor([3, 4] as [Float], shape: [1, 2])
    #expect(Operator.linear(.tensor(x), .tensor(weight)).values() == [11 as Float])
    #expect(Operator.linear(.tensor(x), .tensor(weight), .none).values() == [11 as Float])
    #expect(Operator.clamp(.tensor(x), .none, .integer(1)).values() == [1, 1] as [Float])
    #expect(Operator.addScalar(.tensor(x), .integer(1)).values() == [2, 3] as [Float])
    #expect(Operator.addScalar(.tensor(x), .real(1), .integer(2)).values() == [3, 4] as [Float])
  }

  @Test("shapes that do not fit trap with the operator, libtorch's reason and the shapes of the operands")
  func wrongShapes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2, 3]).matmul(.zeros([4, 5], type: .float64))
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("matmul[[2, 3] float32, [4, 5] float64]: "))
    #expect(message.contains("mat1 and mat2"))
  }

  @Test("a call without an argument that has no default traps and names the argument")
  func missingArgument() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Operator.add(.tensor(.zeros([2])))
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("argument 'other' is missing"))
  }

  @Test("a call with more arguments than the operator takes traps")
  func extraArgument() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Operator.relu(.tensor(.zeros([2])), .integer(1))
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("takes 1 arguments, given 2"))
  }

  @Test("more results than asked for trap rather than write past the room for them")
  func unexpectedResults() async {
    await #expect(processExitsWith: .failure) {
      Operator.split(.tensor(.zeros([4])), .integers([1, 1, 2]), .integer(0), expecting: 2)
    }
  }

  @Test(
    "the tally counts operators by name and what goes up from Swift's memory, and only while it is asked to")
  func tally() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor([1, 2] as [Float])
      let counts = OperatorTally.counting {
        let y = Tensor([3, 4] as [Float])
        _ = (x + y) + y
        _ = Tensor.uploading([1, 2] as [Int64], to: .cpu)
      }
      #expect(counts == ["add.Tensor": 2, OperatorTally.upload: 2])
      _ = x + x
      #expect(OperatorTally.counting {}.isEmpty)
    }
  }
}
