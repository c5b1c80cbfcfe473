import CTorch

/// The state of a device's random numbers, from which initial weights and dropout are drawn.
package enum RandomState {
  /// The generator of the processor takes the low 32 bits of the seed alone.
  package static func seed(_ seed: UInt64, on device: Device = .cpu) {
    guard ct_random_seed(device.name, seed) == CT_OK else { fatalError("\(device): \(lastError())") }
  }

  /// The whole state, to be put back with `restore`.
  package static func save(on device: Device = .cpu) -> Tensor {
    var state: OpaquePointer?
    guard ct_random_state(device.name, &state) == CT_OK, let state else {
      fatalError("\(device): \(lastError())")
    }
    return Tensor(handle: state)
  }

  package static func restore(_ state: Tensor, on device: Device = .cpu) {
    guard ct_set_random_state(device.name, state.handle) == CT_OK else {
      fatalError("\(device): \(lastError())")
    }
  }
}
