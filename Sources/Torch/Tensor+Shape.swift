extension Tensor {
  /// At most one size may be -1: it follows from the others.
  package func reshaped(_ shape: [Int]) -> Tensor { Operator.reshape(.tensor(self), .integers(shape)) }
  package func transposed(_ first: Int, _ second: Int) -> Tensor {
    Operator.transpose(.tensor(self), .integer(first), .integer(second))
  }
  package func permuted(_ dimensions: [Int]) -> Tensor {
    Operator.permute(.tensor(self), .integers(dimensions))
  }
  package func expanded(_ shape: [Int]) -> Tensor { Operator.expand(.tensor(self), .integers(shape)) }

  /// A view of the entries `range` of one dimension.
  package func narrowed(_ dimension: Int, _ range: Range<Int>) -> Tensor {
    Operator.narrow(.tensor(self), .integer(dimension), .integer(range.lowerBound), .integer(range.count))
  }

  /// Zeros around height and width of `[…, height, width]`; a negative number takes rows or columns away.
  package func padded(top: Int, bottom: Int, left: Int, right: Int) -> Tensor {
    Operator.pad(.tensor(self), .integers([left, right, top, bottom]))
  }

  /// Entries moved along dimensions by some places; what leaves at one end comes in at the other.
  package func rolled(by places: [Int], along dimensions: [Int]) -> Tensor {
    Operator.roll(.tensor(self), .integers(places), .integers(dimensions))
  }

  /// A view of one entry of a dimension, which goes away.
  package func selected(_ dimension: Int, _ index: Int) -> Tensor {
    Operator.select(.tensor(self), .integer(dimension), .integer(index))
  }

  /// Views of consecutive parts of a dimension; the sizes add up to its size.
  package func split(_ sizes: [Int], along dimension: Int = 0) -> [Tensor] {
    Operator.split(.tensor(self), .integers(sizes), .integer(dimension), expecting: sizes.count)
  }

  /// Views of each entry of the first dimension, which goes away. Their gradients are put together at once, where those of
  /// `selected` would each fill a tensor of the whole shape.
  package func unbound() -> [Tensor] { Operator.unbind(.tensor(self), .integer(0), expecting: size(0)) }

  /// The entries of a dimension that `indices` (int64 vector) names, in that order.
  package func gathered(_ indices: Tensor, along dimension: Int = 0) -> Tensor {
    Operator.indexSelect(.tensor(self), .integer(dimension), .tensor(indices))
  }

  /// A copy in which row `i` of `rows` has been added to the row `indices[i]`.
  package func addingRows(_ rows: Tensor, at indices: Tensor) -> Tensor {
    Operator.indexAdd(.tensor(self), .integer(0), .tensor(indices), .tensor(rows))
  }

  /// A copy in which each element that `indices` names, along the first dimension, is the greatest of those of `rows` that
  /// name it.
  package func takingGreatest(of rows: Tensor, at indices: Tensor) -> Tensor {
    Operator.scatterReduce(
      .tensor(self), .integer(0), .tensor(indices), .tensor(rows), .text("amax"), .boolean(false))
  }

  /// Overwrites, in place, the row `indices[i]` with row `i` of `rows`; no row is named twice.
  package func copy(rows: Tensor, at indices: Tensor) {
    Operator.indexCopy(.tensor(self), .integer(0), .tensor(indices), .tensor(rows))
  }

  package static func concatenated(_ tensors: [Tensor], along dimension: Int = 0) -> Tensor {
    Operator.concatenate(.tensors(tensors), .integer(dimension))
  }
  package static func stacked(_ tensors: [Tensor], along dimension: Int = 0) -> Tensor {
    Operator.stack(.tensors(tensors), .integer(dimension))
  }

  /// The same values in another type; itself where nothing changes.
  package func to(_ type: DataType) -> Tensor {
    type == self.type ? self : Operator.toType(.tensor(self), .type(type))
  }

  package func to(_ device: Device) -> Tensor {
    device == self.device ? self : Operator.toDevice(.tensor(self), .device(device), .type(type))
  }

  /// Values from Swift's memory on a device, in one copy that nothing waits for.
  package static func uploading<Element: TensorElement>(
    _ values: [Element], shape: [Int]? = nil, to device: Device
  ) -> Tensor {
    Staged(values, for: device).send(to: device, shape: shape)
  }

  /// The same on the processor, once the device has come to it: a `Moment` says when. Until then its values mean nothing.
  package var fetching: Tensor {
    device == .cpu ? self : Operator.toDevice(.tensor(self), .device(.cpu), .type(type), .boolean(true))
  }

  /// The same images `[images, channels, height, width]`, laid out so that the channels of a pixel lie side by side: what is
  /// computed of them stays so, and convolutions on processors need not change it back and forth.
  package var layingChannelsLast: Tensor { Operator.contiguous(.tensor(self), .integer(2)) }

  package func clone() -> Tensor { Operator.clone(.tensor(self)) }

  /// The same elements, cut from the graph for gradients.
  package func detached() -> Tensor { Operator.detach(.tensor(self)) }

  /// Overwrites the elements in place.
  package func copy(from other: Tensor) { Operator.copy(.tensor(self), .tensor(other)) }

  /// Whether shapes and all elements are the same.
  package func isIdentical(to other: Tensor) -> Bool {
    shape == other.shape && type == other.type && bytes == other.bytes
  }
}
