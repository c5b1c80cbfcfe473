import Torch

/// The random states that a training draws from: the processor's, and its device's. By the name of the device.
enum RandomStates {
  private static let prefix = "random/"

  static func isState(_ name: String) -> Bool { name.hasPrefix(prefix) }

  static func save(on device: Device) -> [String: Tensor] {
    var states: [String: Tensor] = [:]
    for device in Set([Device.cpu, device]) { states[prefix + device.name] = RandomState.save(on: device) }
    return states
  }

  /// Those of devices that are not here are passed over.
  static func restore(_ states: [String: Tensor]) {
    for (name, state) in states {
      guard let device = try? Device(named: String(name.dropFirst(prefix.count))) else { continue }
      RandomState.restore(state, on: device)
    }
  }
}
