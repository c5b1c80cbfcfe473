extension Tensor {
  /// `x · weightᵀ + bias`; weight is `[out, in]`.
  package func linear(weight: Tensor, bias: Tensor?) -> Tensor {
    if let bias, type == .bfloat16, !device.isCUDA, Machine.hasUnsoundSums {
      return Operator.linear(.tensor(self), .tensor(weight)) + bias
    }
    return Operator.linear(.tensor(self), .tensor(weight), .optional(bias))
  }

  /// Normalises over the last dimension, then scales and shifts.
  package func layerNorm(weight: Tensor, bias: Tensor?, epsilon: Double) -> Tensor {
    withoutBFloat16 { x in
      Operator.layerNorm(
        .tensor(x), .integers([size(-1)]), .tensor(weight.to(x.type)), .optional(bias?.to(x.type)),
        .real(epsilon))
    }
  }

  /// What `body` makes of this in float32, back in bfloat16, where this is bfloat16 on a processor: for what libtorch 1.13
  /// takes an element at a time in that. A norm was a twelfth of a training step so.
  func withoutBFloat16(_ body: (Tensor) -> Tensor) -> Tensor {
    type == .bfloat16 && !device.isCUDA ? body(to(.float32)).to(type) : body(self)
  }

  /// Rows of `table` `[rows, width]` by number; `self` holds int64 or int32 numbers of any shape.
  package func embedded(in table: Tensor) -> Tensor { Operator.embedding(.tensor(table), .tensor(self)) }

  /// The largest of each window of `size`×`size` of `[images, channels, height, width]`.
  package func maximumPooled(size: Int, stride: Int, padding: Int = 0) -> Tensor {
    Operator.maximumPool2D(
      .tensor(self), .integers([size, size]), .integers([stride, stride]), .integers([padding, padding]))
  }

  /// The mean of each window of `size`×`size` of `[images, channels, height, width]`.
  /// - Parameter coversRest: whether a last window that lies partly outside is taken too.
  /// - Parameter countsPadding: whether zeros of the padding are among what a mean is of.
  package func averagePooled(
    size: Int, stride: Int, padding: Int = 0, coversRest: Bool = false, countsPadding: Bool = true
  ) -> Tensor {
    Operator.averagePool2D(
      .tensor(self), .integers([size, size]), .integers([stride, stride]), .integers([padding, padding]),
      .boolean(coversRest), .boolean(countsPadding))
  }

  /// `[images, channels, height, width]` at another height and width, by bicubic interpolation between pixels' centres.
  /// - Parameter antialias: whether what shrinks is a mean over all that a pixel covers.
  /// - Parameter scale: how much larger both sides become, where that is not the ratio of the sizes.
  package func resampledBicubic(
    height: Int, width: Int, antialias: Bool, scale: (height: Double, width: Double)? = nil
  ) -> Tensor {
    let call: Operator = antialias ? .resampleBicubicAntialiased2D : .resampleBicubic2D
    return call(
      .tensor(self), .integers([height, width]), .boolean(false), scale.map { .real($0.height) } ?? .none,
      scale.map { .real($0.width) } ?? .none)
  }

  /// Normalises each channel of `[images, channels, height, width]` by the given mean and variance, then scales and
  /// shifts it.
  package func batchNorm(weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, epsilon: Double)
    -> Tensor
  {
    Operator.batchNorm(
      .tensor(self), .tensor(weight), .tensor(bias), .tensor(mean), .tensor(variance), .boolean(false),
      .real(0),
      .real(epsilon), .boolean(false))
  }

  /// The same by the mean and variance of the images themselves.
  /// - Returns: these two as well, the variance as `1 / √(variance + epsilon)`, `[channels]` each.
  package func batchNormalised(
    weight: Tensor, bias: Tensor, epsilon: Double
  ) -> (normalised: Tensor, mean: Tensor, inverseDeviation: Tensor) {
    let results = Operator.nativeBatchNorm(
      .tensor(self), .tensor(weight), .tensor(bias), .none, .none, .boolean(true), .real(0), .real(epsilon),
      expecting: 3)
    return (results[0], results[1], results[2])
  }

  /// The cross entropy of each row of logits `[rows, classes]`, `[rows]`.
  /// - Parameter targets: the classes `[rows]` int64, or their probabilities `[rows, classes]`.
  package func crossEntropies(_ targets: Tensor, labelSmoothing: Double) -> Tensor {
    Operator.crossEntropy(
      .tensor(self), .tensor(targets), .none, .integer(0), .integer(-100), .real(labelSmoothing))
  }

  /// `softmax(query · keyᵀ / √width + mask) · value`; each `[…, tokens, width]`.
  package static func attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil) -> Tensor {
    // On processors the fused operator's way back makes a library call for each block of each head: in bfloat16 it took
    // three times as long as these products, and half of a step with libtorch 2.13.
    let isFused =
      Operator.scaledDotProductAttention.isAvailable && (query.device.isCUDA || !query.requiresGradient)
    if isFused {
      return Operator.scaledDotProductAttention(
        .tensor(query), .tensor(key), .tensor(value), .optional(mask))
    }
    let scores = (query * (1 / Double(query.size(-1)).squareRoot())).matmul(key.transposed(-2, -1))
    return (mask.map { scores + $0 } ?? scores).softmax(along: -1).matmul(value)
  }
}
