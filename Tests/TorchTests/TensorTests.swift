import Testing

@testable import Torch

@Suite struct TensorTests {
  private func roundTrip<Element: TensorElement & Equatable>(_ values: [Element]) {
    let tensor = Tensor(values)
    #expect(tensor.type == Element.dataType)
    #expect(tensor.shape == [values.count])
    #expect(tensor.device == .cpu)
    #expect(tensor.values() == values)
  }

  @Test("values of every Swift type come back as they went in")
  func roundTrips() {
    roundTrip([0, 255] as [UInt8])
    roundTrip([.min, 0, .max] as [Int32])
    roundTrip([.min, 0, .max] as [Int64])
    roundTrip([-0.5, .infinity, .leastNonzeroMagnitude] as [Float])
    roundTrip([0.1, -.greatestFiniteMagnitude] as [Double])
    roundTrip([true, false])
    roundTrip([] as [Float])
  }

  @Test("the number and the size of a type are libtorch's", arguments: DataType.allCases)
  func types(type: DataType) {
    let tensor = Tensor.ones([3], type: type)
    #expect(tensor.type == type)
    #expect(tensor.bytes.count == 3 * type.size)
    #expect(tensor.selected(0, 2).item == 1)
    #expect(
      Tensor.full([1], 0.5, type: .float64).to(type).item
        == (type.isFloatingPoint ? 0.5 : type == .bool ? 1 : 0))
  }

  @Test("float32 to bfloat16 keeps eight bits of precision, rounding to even")
  func bfloat16() {
    let values: [Float] = [1, 1 + 1 / 128, 1 + 1 / 256, 1 + 3 / 256, -1.5]
    let rounded = Tensor(values).to(.bfloat16)
    #expect(rounded.to(.float32).values() == [1, 1 + 1 / 128, 1, 1 + 1 / 64, -1.5] as [Float])
  }

  @Test("a scalar has no dimensions and one element, an empty tensor a dimension of 0")
  func ranks() {
    let scalar = Tensor([7] as [Float], shape: [])
    #expect(scalar.rank == 0 && scalar.shape == [] && scalar.count == 1 && scalar.item == 7)
    let empty = Tensor([] as [Float], shape: [2, 0, 3])
    #expect(empty.rank == 3 && empty.count == 0 && empty.values(Float.self) == [])
    #expect(empty.size(1) == 0 && empty.size(-1) == 3)
    #expect("\(empty)" == "[2, 0, 3] float32")
  }

  @Test("values of a transposed view are in row-major order of the view")
  func views() {
    let x = Tensor((0..<6).map(Int64.init), shape: [2, 3])
    #expect(x.transposed(0, 1).values() == [0, 3, 1, 4, 2, 5] as [Int64])
    #expect(x.narrowed(1, 1..<3).values() == [1, 2, 4, 5] as [Int64])
    #expect(x.selected(0, 1).values() == [3, 4, 5] as [Int64])
    #expect(x.narrowed(0, 1..<1).shape == [0, 3])
  }

  @Test("parts share their elements with the whole; a clone does not")
  func sharing() {
    let x = Tensor.zeros([4])
    let clone = x.clone()
    let parts = x.split([1, 3])
    parts[1].copy(from: Tensor([1, 2, 3] as [Float]))
    #expect(x.values() == [0, 1, 2, 3] as [Float])
    #expect(clone.values() == [0, 0, 0, 0] as [Float])
  }

  @Test("splitting and concatenating are inverse, along any dimension and with empty parts")
  func splitting() {
    let x = Tensor((0..<12).map(Int64.init), shape: [2, 6])
    let parts = x.split([2, 0, 4], along: 1)
    #expect(parts.map(\.shape) == [[2, 2], [2, 0], [2, 4]])
    #expect(Tensor.concatenated(parts, along: 1).isIdentical(to: x))
    #expect(Tensor.concatenated(x.split([1, 1])).isIdentical(to: x))
    #expect(Tensor.stacked([x, x], along: 1).shape == [2, 2, 6])
  }

  @Test(
    "gathering repeats and reorders rows; adding rows back sums the repeated ones and leaves the original alone"
  )
  func gathering() {
    let x = Tensor([1, 2, 3] as [Float], shape: [3, 1])
    let indices = Tensor([2, 0, 2] as [Int64])
    let gathered = x.gathered(indices)
    #expect(gathered.values() == [3, 1, 3] as [Float])
    #expect(x.addingRows(gathered, at: indices).values() == [2, 2, 9] as [Float])
    #expect(x.values() == [1, 2, 3] as [Float])
  }

  @Test("identical means the same shape, type and bits")
  func identity() {
    let x = Tensor([0, 1] as [Float])
    #expect(x.isIdentical(to: x.clone()))
    #expect(!x.isIdentical(to: x.reshaped([1, 2])))
    #expect(!x.isIdentical(to: x.to(.float64)))
    #expect(!x.isIdentical(to: x * -1))  // -0
    let nan = Tensor([.nan] as [Float])
    #expect(nan.isIdentical(to: nan.clone()))
  }

  @Test("dividing by a number is a division, not a multiplication with its inverse")
  func division() {
    let values = (1...200).map(Float.init)
    #expect((Tensor(values) / 49).values() == values.map { $0 / 49 })
  }

  @Test("not a number and infinities are found wherever they are")
  func finiteness() {
    #expect(Tensor([1, -3e38] as [Float]).isFinite)
    #expect(!Tensor([1, .nan] as [Float]).isFinite)
    #expect(!Tensor([-.infinity, 1] as [Float]).isFinite)
  }

  @Test("attention without the fused operator is the formula: softmax of scaled products over the keys")
  func attention() {
    let query = Tensor([1, 0, 0, 2] as [Float], shape: [1, 2, 2])
    let key = Tensor([1, 1, 0, 1, 2, 0] as [Float], shape: [1, 3, 2])
    let value = Tensor([1, 0, 0, 1, 1, 1] as [Float], shape: [1, 3, 2])
    let result = Tensor.attention(query: query, key: key, value: value).values(Float.self)
    // Scores / √2: first query 1, 0, 2; second query 2, 2, 0.
    func softmax(_ scores: [Double]) -> [Double] {
      let powers = scores.map { Tensor([$0 / 2.0.squareRoot()]).exponential().item }
      return powers.map { $0 / powers.reduce(0, +) }
    }
    let (first, second) = (softmax([1, 0, 2]), softmax([2, 2, 0]))
    let expected = [first[0] + first[2], first[1] + first[2], second[0] + second[2], second[1] + second[2]]
    for (found, wanted) in zip(result, expected) { #expect(abs(Double(found) - wanted) <= 1e-6) }
  }

  @Test("values that do not fill the shape trap")
  func wrongCount() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2, 3] as [Float], shape: [2, 2]) }
  }

  @Test("reading values as another type traps instead of reinterpreting bytes")
  func wrongType() async {
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2]).values(Double.self) }
  }
}
