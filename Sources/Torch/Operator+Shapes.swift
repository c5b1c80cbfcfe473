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
    case .dropout: return [.ofShape(first.shape, first.type), .ofShape(first.shape, .bool)]
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
      let kernel = tensors[1].shape
      return one(
        [first.size(0), kernel[0]]
          + sides(first, kernel: [kernel[2], kernel[3]], arguments, stride: 3, padding: 4, dilation: 5))
    case .maximumPool2D, .averagePool2D:
      let kernel = pair(arguments, 1, default: 1)
      return one(
        first.shape.prefix(2)
          + sides(
            first, kernel: kernel, arguments, stride: 2, padding: 3,
            dilation: self == .maximumPool2D ? 4 : arguments.count))
    case .resampleBicubic2D, .resampleBicubicAntialiased2D:
      return one(first.shape.prefix(2) + pair(arguments, 1, default: 1))
    case .pad:
      guard case .integers(let sides) = arguments[1] else { return one(first.shape) }
      // The last dimension's two sides come first.
      var shape = first.shape
      for (number, side) in sides.enumerated() { shape[shape.count - 1 - number / 2] += side }
      return one(shape)
    case .nativeBatchNorm:
      let channels = Tensor.ofShape([first.size(1)], .float32)
      return [.ofShape(first.shape, first.type), channels, channels]
    case .foreachNorm: return tensors.map { .ofShape([], $0.type) }
    case .foreachSquareRoot: return tensors.map { .ofShape($0.shape, $0.type) }
    default: return one(first.shape)
    }
  }

  /// Height and width of what a window of `kernel` gives of `image` `[images, channels, height, width]`.
  /// - Parameter stride: the place among the arguments, as of the others.
  private func sides(
    _ image: Tensor, kernel: [Int], _ arguments: [Argument], stride: Int, padding: Int, dilation: Int
  ) -> [Int] {
    let (stride, padding, dilation) = (
      pair(arguments, stride, default: 1), pair(arguments, padding, default: 0),
      pair(arguments, dilation, default: 1)
    )
    return (0..<2).map { side in
      let seen = dilation[side] * (kernel[side] - 1) + 1
      return (image.size(2 + side) + 2 * padding[side] - seen) / stride[side] + 1
    }
  }

  private func pair(_ arguments: [Argument], _ index: Int, default value: Int) -> [Int] {
    guard arguments.count > index, case .integers(let pair) = arguments[index] else { return [value, value] }
    return pair.count == 1 ? [pair[0], pair[0]] : pair
  }
}

extension Argument {
  /// The tensors among the arguments.
  var tensors: [Tensor] {
    switch self {
    case .tensor(let tensor): [tensor]
    case .tensors(let tensors): tensors
    case .none, .integer, .real, .boolean, .integers, .text, .device, .generator: []
    }
  }
}
