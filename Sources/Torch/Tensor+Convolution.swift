extension Tensor {
  /// The cross-correlation of `[images, channels, height, width]` with weight `[out, in / groups, height, width]`.
  package func convolved(
    weight: Tensor, bias: Tensor?, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
  ) -> Tensor {
    let isDepthwise = groups == size(1) && groups == weight.size(0)
    if isDepthwise, dilation == 1, Self.quickColumns < weight.size(3), weight.size(3) <= size(3),
      weight.requiresGradient, type == .bfloat16, !device.isCUDA, recordsGradients
    {
      return convolvedInStrips(weight: weight, bias: bias, stride: stride, padding: padding)
    }
    return convolved(
      weight: weight, bias: bias, stride: stride, padding: (padding, padding), dilation: dilation,
      groups: groups)
  }

  /// How many columns a depthwise window has at most whose gradient oneDNN has quick code for: that of 5×5 in bfloat16
  /// takes it twenty times as long as that of 5×3.
  private static let quickColumns = 3

  /// A window of each channel alone, as the sum over strips of a few of its columns.
  private func convolvedInStrips(weight: Tensor, bias: Tensor?, stride: Int, padding: Int) -> Tensor {
    let columns = weight.size(3)
    let strips = Swift.stride(from: 0, to: columns, by: Self.quickColumns).map { first in
      let strip = first..<min(first + Self.quickColumns, columns)
      // What the columns beside the strip would see is not looked at: less padding, or part of the image.
      let seen = padded(
        top: 0, bottom: 0, left: padding - strip.lowerBound, right: padding - (columns - strip.upperBound))
      return seen.convolved(
        weight: weight.narrowed(3, strip), bias: first == 0 ? bias : nil, stride: stride,
        padding: (padding, 0),
        dilation: 1, groups: size(1))
    }
    return strips.dropFirst().reduce(strips[0], +)
  }

  private func convolved(
    weight: Tensor, bias: Tensor?, stride: Int, padding: (height: Int, width: Int), dilation: Int, groups: Int
  ) -> Tensor {
    Operator.convolution2D(
      .tensor(self), .tensor(weight), .optional(bias), .integers([stride, stride]),
      .integers([padding.height, padding.width]), .integers([dilation, dilation]), .integer(groups))
  }
}
