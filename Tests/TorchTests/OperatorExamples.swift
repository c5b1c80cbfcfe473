@testable import Torch

/// What an operator gave for a small input, and what it had to give.
struct OperatorExample {
  var results: [Tensor]
  var expected: [Tensor]

  init(_ results: [Tensor], _ expected: [Tensor]) {
    self.results = results
    self.expected = expected
  }

  /// A float32 result.
  init(_ result: Tensor, _ values: [Float], _ shape: [Int]? = nil) {
    self.init([result], [Tensor(values, shape: shape ?? [values.count])])
  }

  /// An int64 result.
  init(_ result: Tensor, integers: [Int64], _ shape: [Int]? = nil) {
    self.init([result], [Tensor(integers, shape: shape ?? [integers.count])])
  }

  /// A bool result.
  init(_ result: Tensor, truths: [Bool], _ shape: [Int]? = nil) {
    self.init([result], [Tensor(truths, shape: shape ?? [truths.count])])
  }

  /// Tensors that were changed in place, by a call that returned `returned`.
  init(_ returned: [Tensor], changed: [Tensor], _ values: [[Float]]) {
    self.init(returned + changed, values.map { Tensor($0) })
  }
}

/// A known example of each operator.
///
/// The switch is exhaustive: an operator without an example does not compile.
func example(of call: Operator) -> OperatorExample {
  let x = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
  let y = Tensor([4, 3, 2, 1] as [Float], shape: [2, 2])
  let row = Tensor([5, 7] as [Float])
  let signed = Tensor([-2, 0, 3] as [Float])
  let wide = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
  let indices = Tensor([1, 0, 1] as [Int64])
  // For the calls in place.
  let a = Tensor([1, 4] as [Float])
  let b = Tensor([9] as [Float])

  switch call {
  case .zeros:
    return .init(call(.integers([3]), .type(.float32), .none, .device(.cpu)), [0, 0, 0])
  case .empty:  // its values mean nothing
    let room = call(.integers([2, 3]), .type(.bfloat16), .none, .device(.cpu))
    withoutGradients { room.copy(from: .zeros([2, 3])) }
    return .init([room], [.zeros([2, 3], type: .bfloat16)])
  case .full:
    return .init(call(.integers([2]), .real(2.5), .type(.float32), .none, .device(.cpu)), [2.5, 2.5])
  case .arange:
    return .init(
      call(.integer(2), .integer(5), .type(.int64), .none, .device(.cpu)), integers: [2, 3, 4])
  case .normal:  // a deviation of 0 leaves the mean
    return .init(call(.tensor(a), .real(3), .real(0)), [3, 3])
  case .uniform:
    let drawn = call(.tensor(.zeros([1000])), .real(2), .real(3)).values(Float.self)
    return .init(
      Tensor([drawn.min() ?? 0 >= 2, drawn.max() ?? 9 <= 3, Set(drawn).count > 900]),
      truths: [true, true, true])

  case .random:  // all 64 bits
    let draws = call(
      .tensor(.zeros([1000], type: .int64)), .integer(.min), .none, .generator(Generator(seed: 1)))
    let drawn = draws.values(Int64.self)
    return .init(
      Tensor([
        Set(drawn).count == 1000, (400...600).contains(drawn.count { $0 < 0 }),
        drawn.contains { $0.magnitude > 1 << 62 },
      ]), truths: [true, true, true])

  case .add: return .init(call(.tensor(x), .tensor(row)), [6, 9, 8, 11], [2, 2])
  case .addScalar: return .init(call(.tensor(a), .real(0.5)), [1.5, 4.5])
  case .subtract: return .init(call(.tensor(x), .tensor(y)), [-3, -1, 1, 3], [2, 2])
  case .multiply: return .init(call(.tensor(x), .tensor(y)), [4, 6, 6, 4], [2, 2])
  case .multiplyScalar: return .init(call(.tensor(a), .real(0.5)), [0.5, 2])
  case .divide: return .init(call(.tensor(x), .tensor(y)), [0.25, 2 / 3.0, 1.5, 4], [2, 2])
  case .divideScalar: return .init(call(.tensor(a), .real(4)), [0.25, 1])
  case .power: return .init(call(.tensor(signed), .integer(2)), [4, 0, 9])
  case .exponential: return .init(call(.tensor(signed)), [0.135_335_28, 1, 20.085_537])
  case .logarithm: return .init(call(.tensor(a)), [0, 1.386_294_4])
  case .squareRoot: return .init(call(.tensor(a)), [1, 2])
  case .cosine: return .init(call(.tensor(signed)), [-0.416_146_84, 1, -0.989_992_5])
  case .sine: return .init(call(.tensor(signed)), [-0.909_297_43, 0, 0.141_120_01])
  case .hyperbolicTangent: return .init(call(.tensor(signed)), [-0.964_027_6, 0, 0.995_054_8])
  case .inverseErrorFunction:
    return .init(call(.tensor(Tensor([0, 0.5] as [Float]))), [0, 0.476_936_28])
  case .gelu: return .init(call(.tensor(signed)), [-0.045_500_264, 0, 2.995_950_3])  // with erf
  case .relu: return .init(call(.tensor(signed)), [0, 0, 3])
  case .hardTanh: return .init(call(.tensor(signed), .real(-1), .real(2)), [-1, 0, 2])
  case .silu: return .init(call(.tensor(signed)), [-0.238_405_84, 0, 2.857_722_3])
  case .sigmoid: return .init(call(.tensor(signed)), [0.119_202_92, 0.5, 0.952_574_13])
  case .clamp: return .init(call(.tensor(signed), .real(-1), .real(2)), [-1, 0, 2])
  case .isAtLeast: return .init(call(.tensor(row), .integer(6)), truths: [false, true])
  case .isFinite:
    return .init(
      call(.tensor(Tensor([1, .infinity, .nan] as [Float]))), truths: [true, false, false])

  case .sum: return .init(call(.tensor(x)), [10], [])
  case .sumAlong: return .init(call(.tensor(wide), .integers([1]), .boolean(true)), [6, 15], [2, 1])
  case .mean: return .init(call(.tensor(x)), [2.5], [])
  case .meanAlong: return .init(call(.tensor(wide), .integers([0]), .boolean(false)), [2.5, 3.5, 4.5])
  case .maximum: return .init(call(.tensor(signed)), [3], [])
  case .maximumAlong: return .init(call(.tensor(wide), .integers([1])), [3, 6])
  case .placeOfMaximum: return .init(call(.tensor(wide.transposed(0, 1)), .integer(1)), integers: [1, 1, 1])
  case .absolute: return .init(call(.tensor(signed)), [2, 0, 3])
  case .vectorNorm:
    return .init(call(.tensor(Tensor([3, 4] as [Float])), .real(2), .integers([0]), .boolean(true)), [5])
  case .all: return .init(call(.tensor(Tensor([true, false]))), truths: [false], [])

  case .matmul: return .init(call(.tensor(x), .tensor(y)), [8, 5, 20, 13], [2, 2])
  case .linear:  // x · yᵀ + row
    return .init(call(.tensor(x), .tensor(y), .tensor(row)), [15, 11, 29, 17], [2, 2])
  case .layerNorm:
    return .init(
      call(.tensor(x), .integers([2]), .tensor(row), .tensor(.ones([2])), .real(0)),
      [-4, 8, -4, 8], [2, 2])
  case .embedding: return .init(call(.tensor(x), .tensor(indices)), [3, 4, 1, 2, 3, 4], [3, 2])
  case .convolution2D:  // the sum of each 2 × 2 window of 0…8, a step of 1
    let image = Tensor((0..<9).map(Float.init), shape: [1, 1, 3, 3])
    return .init(
      call(.tensor(image), .tensor(.ones([1, 1, 2, 2])), .none, .integers([1, 1])), [8, 12, 20, 24],
      [1, 1, 2, 2])
  case .batchNorm:  // two channels by a mean of 1 and 2 and a variance of 4 and 1
    return .init(
      call(
        .tensor(x.reshaped([1, 2, 1, 2])), .tensor(.ones([2])), .tensor(.zeros([2])),
        .tensor(Tensor([1, 2] as [Float])), .tensor(Tensor([4, 1] as [Float])), .boolean(false), .real(0),
        .real(0),
        .boolean(false)), [0, 0.5, 1, 2], [1, 2, 1, 2])
  case .nativeBatchNorm:  // by their own means 1.5 and 3.5 and deviations of a half
    let results = call(
      .tensor(x.reshaped([1, 2, 1, 2])), .tensor(.ones([2])), .tensor(.zeros([2])), .none, .none,
      .boolean(true),
      .real(0), .real(0), expecting: 3)
    return .init(
      results,
      [
        Tensor([-1, 1, -1, 1] as [Float], shape: [1, 2, 1, 2]), Tensor([1.5, 3.5] as [Float]),
        Tensor([2, 2] as [Float]),
      ])
  case .maximumPool2D:  // windows of 2 × 2 of 0…8, a step of 1
    let image = Tensor((0..<9).map(Float.init), shape: [1, 1, 3, 3])
    return .init(
      call(.tensor(image), .integers([2, 2]), .integers([1, 1])), [4, 5, 7, 8], [1, 1, 2, 2])
  case .averagePool2D:  // the same windows, padding not counted
    let image = Tensor((0..<9).map(Float.init), shape: [1, 1, 3, 3])
    return .init(
      call(
        .tensor(image), .integers([2, 2]), .integers([2, 2]), .integers([0, 0]), .boolean(false),
        .boolean(false)), [2], [1, 1, 1, 1])
  case .resampleBicubic2D, .resampleBicubicAntialiased2D:  // nothing changes what is alike everywhere
    return .init(
      call(.tensor(.ones([1, 1, 2, 2])), .integers([3, 1]), .boolean(false), .none, .none), [1, 1, 1],
      [1, 1, 3, 1])
  case .softmax:
    return .init(call(.tensor(Tensor([0, 1] as [Float])), .integer(0)), [0.268_941_43, 0.731_058_6])
  case .logSoftmax:
    return .init(call(.tensor(Tensor([0, 1] as [Float])), .integer(0)), [-1.313_261_7, -0.313_261_7])
  case .crossEntropy:  // two classes, equal logits: ln 2
    return .init(
      call(.tensor(.zeros([3, 2])), .tensor(indices), .none, .integer(1), .integer(-100), .real(0)),
      [0.693_147_2], [])
  case .scaledDotProductAttention:  // keys that are alike: the mean of the values
    return .init(
      call(.tensor(x), .tensor(.ones([2, 2])), .tensor(y)), [3, 2, 3, 2], [2, 2])

  case .reshape: return .init(call(.tensor(wide), .integers([3, -1])), [1, 2, 3, 4, 5, 6], [3, 2])
  case .transpose:
    return .init(call(.tensor(wide), .integer(0), .integer(-1)), [1, 4, 2, 5, 3, 6], [3, 2])
  case .permute: return .init(call(.tensor(wide), .integers([1, 0])), [1, 4, 2, 5, 3, 6], [3, 2])
  case .expand: return .init(call(.tensor(row), .integers([2, 2])), [5, 7, 5, 7], [2, 2])
  case .concatenate:
    return .init(call(.tensors([x, wide]), .integer(1)), [1, 2, 1, 2, 3, 3, 4, 4, 5, 6], [2, 5])
  case .stack: return .init(call(.tensors([a, row]), .integer(1)), [1, 5, 4, 7], [2, 2])
  case .narrow:
    return .init(call(.tensor(wide), .integer(1), .integer(1), .integer(2)), [2, 3, 5, 6], [2, 2])
  case .pad: return .init(call(.tensor(x), .integers([1, 0, 0, 1])), [0, 1, 2, 0, 3, 4, 0, 0, 0], [3, 3])
  case .roll: return .init(call(.tensor(wide), .integers([1]), .integers([1])), [3, 1, 2, 6, 4, 5], [2, 3])
  case .select: return .init(call(.tensor(wide), .integer(1), .integer(2)), [3, 6])
  case .split:
    return .init(
      call(.tensor(signed), .integers([1, 2]), .integer(0), expecting: 2),
      [Tensor([-2] as [Float]), Tensor([0, 3] as [Float])])
  case .unbind:
    return .init(
      call(.tensor(x), .integer(0), expecting: 2), [Tensor([1, 2] as [Float]), Tensor([3, 4] as [Float])])
  case .indexSelect:
    return .init(call(.tensor(x), .integer(0), .tensor(indices)), [3, 4, 1, 2, 3, 4], [3, 2])
  case .indexAdd:  // rows 0 and 2 are both added to row 1
    let rows = Tensor([1, 1, 10, 10, 100, 100] as [Float], shape: [3, 2])
    return .init(
      call(.tensor(x), .integer(0), .tensor(indices), .tensor(rows)), [11, 12, 104, 105], [2, 2])
  case .indexCopy:
    let places = Tensor([1] as [Int64])
    let wanted = Tensor([1, 2, 5, 7] as [Float], shape: [2, 2])
    let returned = call(.tensor(x), .integer(0), .tensor(places), .tensor(row.reshaped([1, 2])))
    return .init([returned, x], [wanted, wanted])
  case .scatterReduce:  // the second row is named by nobody, and stays
    let rows = Tensor([1, 7, 3, 5] as [Float], shape: [2, 2])
    let places = Tensor([0, 0, 0, 0] as [Int64]).reshaped([2, 2])
    return .init(
      call(.tensor(x), .integer(0), .tensor(places), .tensor(rows), .text("amax"), .boolean(false)),
      [3, 7, 3, 4], [2, 2])
  case .viewAsType:  // the low half first
    let numbers = Tensor([1, 2 << 32] as [Int64])
    return .init(call(.tensor(numbers), .type(.int32)).to(.int64), integers: [1, 0, 0, 2])
  case .toType: return .init(call(.tensor(a), .type(.int64)), integers: [1, 4])
  case .toDevice: return .init(call(.tensor(a), .device(.cpu), .type(.float32)), [1, 4])
  case .clone:
    let copy = call(.tensor(a))
    a.copy(from: .zeros([2]))
    return .init(copy, [1, 4])
  case .contiguous:  // laid out otherwise, the values are the same
    let image = Tensor((0..<8).map(Float.init), shape: [1, 2, 2, 2])
    return .init([call(.tensor(image), .integer(2))], [image])
  case .detach:  // shares its elements
    let same = call(.tensor(a))
    a.copy(from: .zeros([2]))
    return .init(same, [0, 0])
  case .copy: return .init([call(.tensor(a), .tensor(row))], changed: [a], [[5, 7], [5, 7]])

  case .dropout:
    return .init(
      call(.tensor(a), .real(0), .boolean(true), expecting: 2), [a, Tensor([true, true] as [Bool])])

  case .foreachAddList:
    return .init(
      call(.tensors([a, b]), .tensors([row, b.clone()]), .real(2), expecting: 0), changed: [a, b],
      [[11, 18], [27]])
  case .foreachMultiply:
    return .init(call(.tensors([a, b]), .real(2), expecting: 0), changed: [a, b], [[2, 8], [18]])
  case .foreachAddProduct:
    return .init(
      call(.tensors([a]), .tensors([row]), .tensors([row]), .real(2), expecting: 0), changed: [a],
      [[51, 102]])
  case .foreachAddQuotient:
    return .init(
      call(.tensors([a]), .tensors([row]), .tensors([Tensor([2, 2] as [Float])]), .real(2), expecting: 0),
      changed: [a], [[6, 11]])
  case .foreachSquareRoot:
    return .init(
      call(.tensors([a, b]), expecting: 2), [Tensor([1, 2] as [Float]), Tensor([3] as [Float])])
  case .foreachDivide:
    return .init(call(.tensors([a, b]), .real(2), expecting: 0), changed: [a, b], [[0.5, 2], [4.5]])
  case .foreachAdd:
    return .init(call(.tensors([a, b]), .real(2), expecting: 0), changed: [a, b], [[3, 6], [11]])
  case .foreachNorm:
    return .init(
      call(.tensors([Tensor([3, 4] as [Float]), b]), .integer(2), expecting: 2),
      [Tensor([5] as [Float], shape: []), Tensor([9] as [Float], shape: [])])
  case .foreachCopy:
    return .init(
      call(.tensors([a, b]), .tensors([row.to(.bfloat16), Tensor([7] as [Float])]), expecting: 0),
      changed: [a, b], [[5, 7], [7]])
  case .fusedAdamW:
    // One step from moments of zero moves by the learning rate, against the gradient's sign, after the decay.
    let moments = (0..<2).map { _ in Tensor.zeros([2]) }
    return .init(
      call(
        .tensors([a]), .tensors([Tensor([3, -3] as [Float])]), .tensors([moments[0]]), .tensors([moments[1]]),
        .tensors([]), .tensors([.full([], 1)]), .real(0.5), .real(0.9), .real(0.999), .real(0.2), .real(0),
        .boolean(false), .boolean(false), expecting: 0),
      changed: [a, moments[0], moments[1]], [[0.4, 4.1], [0.3, -0.3], [0.009, 0.009]])
  case .flashAttention: fatalError("processors have no such operator")
  }
}
