package import Torch

/// Numbers that belong to a batch, gathered ahead of the step so that they go to the device together.
package struct Upload: Sendable {
  private var integers: [Int64] = []
  private var reals: [Float] = []

  /// The place of an array among all of its kind.
  package struct Place<Element>: Sendable {
    fileprivate let range: Range<Int>
  }

  package init() {}

  package mutating func add(_ values: some Sequence<Int64>) -> Place<Int64> {
    let start = integers.count
    integers.append(contentsOf: values)
    return Place(range: start..<integers.count)
  }

  package mutating func add(_ values: some Sequence<Float>) -> Place<Float> {
    let start = reals.count
    reals.append(contentsOf: values)
    return Place(range: start..<reals.count)
  }

  /// To be sent to `device` later.
  package func staged(for device: Device) -> Cargo {
    Cargo(integers: Staged(integers, for: device), reals: Staged(reals, for: device))
  }

  /// - Parameter type: in which layers compute.
  package func send(to device: Device, computing type: DataType) -> Sent {
    staged(for: device).send(to: device, computing: type)
  }

  /// All arrays, complete.
  package struct Cargo: Sendable {
    fileprivate let integers: Staged<Int64>
    fileprivate let reals: Staged<Float>

    /// One copy for each kind that there is.
    /// - Parameter type: in which layers compute.
    package func send(to device: Device, computing type: DataType) -> Sent {
      let reals = self.reals.send(to: device)
      return Sent(integers: integers.send(to: device), reals: reals, computeReals: reals.to(type))
    }
  }

  /// The arrays on the device.
  package struct Sent {
    fileprivate let integers: Tensor
    fileprivate let reals: Tensor
    fileprivate let computeReals: Tensor

    /// `[count]` int64
    package subscript(_ place: Place<Int64>) -> Tensor { integers.narrowed(0, place.range) }

    /// `[count]` float32
    package subscript(_ place: Place<Float>) -> Tensor { reals.narrowed(0, place.range) }

    /// `[count]` in the type in which layers compute.
    package func computing(_ place: Place<Float>) -> Tensor { computeReals.narrowed(0, place.range) }
  }
}
