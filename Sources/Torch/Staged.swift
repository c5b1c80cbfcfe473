/// Numbers that wait to be sent to a device.
///
/// For an accelerator they lie in memory that it reads from by itself: it fetches them while the processor goes on. To put them
/// there is a copy that whoever prepares a batch makes, ahead of the step.
package struct Staged<Element: TensorElement>: @unchecked Sendable {
  // A tensor is not Sendable because of the graph that is recorded as it is used. This one is made before anybody else sees it,
  // is part of no graph, and is only read.
  private enum Storage {
    case array([Element])
    case pinned(Tensor)
  }

  private let storage: Storage
  package let count: Int

  package init(_ values: [Element], for device: Device) {
    count = values.count
    let pinned =
      device.isCUDA
      ? values.withUnsafeBytes { Tensor(pinning: $0, shape: [values.count], type: Element.dataType) } : nil
    storage = pinned.map(Storage.pinned) ?? .array(values)
  }

  /// In one copy that nothing waits for.
  /// - Parameter shape: nil leaves a vector.
  package func send(to device: Device, shape: [Int]? = nil) -> Tensor {
    switch storage {
    case .array(let values):
      let tensor = Tensor(values, shape: shape ?? [count])
      return device == .cpu ? tensor : Self.sent(tensor, to: device)
    case .pinned(let tensor):
      let sent = Self.sent(tensor, to: device)
      return shape.map(sent.reshaped) ?? sent
    }
  }

  private static func sent(_ tensor: Tensor, to device: Device) -> Tensor {
    Operator.toDevice(.tensor(tensor), .device(device), .type(tensor.type), .boolean(true))
  }
}
