import CTorch

/// A stream of random numbers of its own, so that what one thread draws does not depend on the others.
package final class Generator {
  let handle: OpaquePointer

  /// - Parameter device: on the processor each generator is its own; an accelerator has one, which is seeded anew.
  /// - Parameter seed: the processor takes the low 32 bits alone.
  package init(seed: UInt64, on device: Device = .cpu) {
    var result: OpaquePointer?
    // Without memory nothing is drawn: any generator will do.
    let device = device == .shapesOnly ? .cpu : device
    guard ct_generator_create(device.name, seed, &result) == CT_OK, let result else {
      fatalError("\(device): \(lastError())")
    }
    handle = result
  }

  deinit { ct_generator_free(handle) }
}
