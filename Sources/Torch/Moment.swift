import CTorch

/// When a device has done all that a thread has asked of it so far.
package final class Moment: Sendable {
  // What it points to is written by whoever makes it alone: an event that was recorded may be waited for and asked from any
  // thread.
  nonisolated(unsafe) private let handle: OpaquePointer

  package init(on device: Device) {
    var result: OpaquePointer?
    guard ct_moment_create(device.name, &result) == CT_OK, let result else {
      fatalError("\(device): \(lastError())")
    }
    handle = result
  }

  deinit { ct_moment_free(handle) }

  /// Waits until it has come.
  package func wait() {
    guard ct_moment_wait(handle) == CT_OK else { fatalError(lastError()) }
  }

  /// By the device's own clock; waits for both.
  package func seconds(since start: Moment) -> Double {
    var seconds = 0.0
    guard ct_moment_seconds(start.handle, handle, &seconds) == CT_OK else { fatalError(lastError()) }
    return seconds
  }
}
