package import Torch

// Which pairs of a sequence see each other, where not all do: computed on the device once a pass, for all layers that ask for
// the same.

extension PackedAttention {
  /// The same, but that elements which are more than `distance` places apart do not see each other.
  /// - Parameter marks: 1 of an element that sees, and is seen by, all of its sequence wherever it stands, else 0, `[elements]`
  ///   float32; nil where there are no such.
  package func within(_ distance: Int, sparing marks: Tensor?, on device: Device) -> PackedAttention {
    hiding { group in
      let length = group.length
      guard length > distance + 1 else { return nil }
      let places = Tensor.range(0..<length, on: device).to(.float32)
      let apart = (places.reshaped([1, length, 1]) - places.reshaped([1, 1, length])).absolute()
      let far = (apart + -Double(distance)).clamped(atLeast: 0).clamped(atMost: 1)  // [1, length, length]
      guard let marks else { return far }
      let bound = group.laid(marks) * -1 + 1  // [count, 1, length]
      return far * bound * bound.transposed(1, 2)
    }
  }

  /// The same, but that each element sees those of the other kind alone. What is computed of one whose sequence has none of the
  /// other kind means nothing.
  /// - Parameter marks: 1 of one kind, 0 of the other, `[elements]` float32.
  package func across(_ marks: Tensor) -> PackedAttention {
    hiding { group in
      let own = group.laid(marks)  // [count, 1, length]
      let other = own.transposed(1, 2)
      return own * other + (own * -1 + 1) * (other * -1 + 1)
    }
  }

  /// - Parameter hidden: of a group, 1 where a pair does not see each other, else 0, `[count or 1, length, length]`; nil where
  ///   all do.
  private func hiding(_ hidden: (Group) -> Tensor?) -> PackedAttention {
    var changed = self
    withoutGradients {
      for (place, group) in groups.enumerated() {
        guard let found = hidden(group) else { continue }
        // Not -∞, which float16 makes of more than this: filling may be left with nothing that it sees, and a softmax over
        // nothing is no number.
        let added = found.reshaped([found.size(0), 1, group.length, group.length]) * -3e4
        changed.offsets = nil
        changed.groups[place].mask = group.mask.map { $0.to(.float32) + added } ?? added
      }
    }
    return changed
  }
}
