import CTorch

extension Operator {
  /// What the operator gives where there is no memory left to compute with: the shapes of its results.
  func shapes(_ arguments: [Argument], expecting capacity: Int) -> [Tensor] {
    if isInPlace {
      // The target stays as it is.
      guard capacity > 0, case .tensor(let target) = arguments.first else { return [] }
      return [target]
    }
    return shapesFromLibtorch(arguments, expecting: capacity) ?? shapesByRule(arguments)
  }

  /// Whether the first argument is overwritten.
  var isInPlace: Bool { rawValue.split(separator: ".")[0].hasSuffix("_") }

  private func shapesFromLibtorch(_ arguments: [Argument], expecting capacity: Int) -> [Tensor]? {
    call(arguments, expecting: capacity, through: ct_operator_call_on_shapes)
  }

  /// For those that libtorch 1.13 does not know.
  private func shapesByRule(_ arguments: [Argument]) -> [Tensor] {
    let tensors = arguments.flatMap(\.tensors)
    guard let first = tensors.first else { fatalError("\(rawValue)\(arguments): has no shape") }
    func one(_ shape: [Int]) -> [Tensor] { [.ofShape(shape, first.type)] }
    switch self {
    case .isFinite: return [.ofShape(first.shape, .bool)]
    case .maximum: return one([])
    case .crossEntropy:
      if case .integer(0) = arguments[3] { return one([first.size(0)]) }
      return one([])
    case .embedding: return one(tensors[1].shape + [first.size(-1)])
    case .indexSelect:
      guard case .integer(let dimension) = arguments[1] else { return one(first.shape) }
      var shape = first.shape
      shape[dimension < 0 ? shape.count + dimension : dimension] = tensors[1].count
      return one(shape)
    case .convolution2D:
      let (image, kernel) = (first.shape, tensors[1].shape)
      func pair(_ index: Int, default value: Int) -> [Int] {
        guard arguments.count > index, case .integers(let pair) = arguments[index] else {
          return [value, value]
        }
        return pair.count == 1 ? [pair[0], pair[0]] : pair
      }
      let (stride, padding, dilation) = (pair(3, default: 1), pair(4, default: 0), pair(5, default: 1))
      let sides = (0..<2).map { side -> Int in
        let seen = dilation[side] * (kernel[2 + side] - 1) + 1
        let room = image[2 + side] + 2 * padding[side] - seen
        return room / stride[side] + 1
      }
      return one([image[0], kernel[0]] + sides)
    case .foreachNorm: return tensors.map { .ofShape([], $0.type) }
    case .foreachSquareRoot: return tensors.map { .ofShape($0.shape, $0.type) }
    default: return one(first.shape)
    }
  }
}

extension Argument {
  /// The tensors among the arguments.
  var tensors: [Tensor] {
    switch self {
    case .tensor(let tensor): [tensor]
    case .tensors(let tensors): tensors
    case .none, .integer, .real, .boolean, .integers, .text, .device: []
    }
  }
}
