/// Whole-pixel moves: nothing is interpolated, so nothing is lost.
extension RGBImage {
  /// - Precondition: the rectangle is not empty and lies inside the picture.
  package func cropped(x: Int, y: Int, width: Int, height: Int) -> RGBImage {
    precondition(
      x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= self.width && y + height <= self.height,
      "crop \(width)×\(height) at (\(x), \(y)) of a picture of \(self.width)×\(self.height)")
    if width == self.width && height == self.height { return self }
    let cropped = pixels.withUnsafeBytes { source in
      [UInt8](unsafeUninitializedCapacity: width * height * 3) { destination, count in
        let target = UnsafeMutableRawBufferPointer(destination)
        for row in 0..<height {
          let from = ((y + row) * self.width + x) * 3
          UnsafeMutableRawBufferPointer(rebasing: target[(row * width * 3)...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<(from + width * 3)]))
        }
        count = destination.count
      }
    }
    return RGBImage(width: width, height: height, pixels: cropped)
  }

  /// Turned clockwise by `quarterTurns` × 90°; negative turns go the other way.
  package func rotated(quarterTurns: Int) -> RGBImage {
    switch (quarterTurns % 4 + 4) % 4 {
    case 1: oriented(transposed: true, mirrored: true, flipped: false)
    case 2: oriented(transposed: false, mirrored: true, flipped: true)
    case 3: oriented(transposed: true, mirrored: false, flipped: true)
    default: self
    }
  }

  /// One of the eight ways to lay a picture on the pixel grid: exchanges rows and columns if `transposed`, then
  /// left and right if `mirrored`, then top and bottom if `flipped`.
  package func oriented(transposed: Bool, mirrored: Bool, flipped: Bool) -> RGBImage {
    if !transposed && !mirrored && !flipped { return self }
    let (width, height) = transposed ? (self.height, self.width) : (self.width, self.height)
    let (columnStep, rowStep) = transposed ? (self.width * 3, 3) : (3, self.width * 3)
    let turned = pixels.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: source.count) { destination, count in
        var target = 0
        for row in 0..<height {
          var from =
            (flipped ? height - 1 - row : row) * rowStep + (mirrored ? (width - 1) * columnStep : 0)
          for _ in 0..<width {
            destination[target] = source[from]
            destination[target + 1] = source[from + 1]
            destination[target + 2] = source[from + 2]
            target += 3
            from += mirrored ? -columnStep : columnStep
          }
        }
        count = target
      }
    }
    return RGBImage(width: width, height: height, pixels: turned)
  }

  /// The size of a picture of `width` × `height` scaled to the given short side; the long side is rounded.
  package static func size(
    width: Int, height: Int, fittedTo shortSide: Int
  ) -> (width: Int, height: Int) {
    precondition(width > 0 && height > 0 && shortSide > 0)
    let long = { (long: Int, short: Int) in max(1, (2 * long * shortSide + short) / (2 * short)) }
    return width <= height ? (shortSide, long(height, width)) : (long(width, height), shortSide)
  }
}
