/// A picture as JPEG files store it (JFIF): luma, and two planes of colour differences at half size both ways
/// (4:2:0), all 0…255 by BT.601.
///
///     Y = 0.299 R + 0.587 G + 0.114 B,  Cb = 128 + (B − Y) / 1.772,  Cr = 128 + (R − Y) / 1.402
package struct YUVImage: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// `width` × `height` bytes, row after row from the top, no padding.
  package var luma: [UInt8]
  /// `chromaWidth` × `chromaHeight` bytes each. One value stands for two by two pixels; the last one of an odd
  /// row or column for those that are left.
  package var blueDifference: [UInt8]
  package var redDifference: [UInt8]

  package var chromaWidth: Int { (width + 1) / 2 }
  package var chromaHeight: Int { (height + 1) / 2 }

  /// - Precondition: the planes have the sizes above.
  package init(width: Int, height: Int, luma: [UInt8], blueDifference: [UInt8], redDifference: [UInt8]) {
    self.width = width
    self.height = height
    self.luma = luma
    self.blueDifference = blueDifference
    self.redDifference = redDifference
    let chroma = chromaWidth * chromaHeight
    precondition(
      luma.count == width * height && blueDifference.count == chroma && redDifference.count == chroma,
      "planes of \(luma.count), \(blueDifference.count) and \(redDifference.count) bytes for \(width)×\(height)"
    )
  }
}

extension YUVImage {
  /// The luma plane with an even number of columns and rows: the last ones repeated where they are odd.
  var lumaInWholePairs: [UInt8] {
    if width % 2 == 0 && height % 2 == 0 { return luma }
    let evenWidth = chromaWidth * 2
    var padded: [UInt8] = []
    padded.reserveCapacity(evenWidth * chromaHeight * 2)
    for row in 0..<(chromaHeight * 2) {
      let start = min(row, height - 1) * width
      padded += luma[start..<(start + width)]
      if width < evenWidth { padded.append(luma[start + width - 1]) }
    }
    return padded
  }

  /// One of the eight ways to lay a picture on the pixel grid: exchanges rows and columns if `transposed`, then
  /// left and right if `mirrored`, then top and bottom if `flipped`.
  package func oriented(transposed: Bool, mirrored: Bool, flipped: Bool) -> YUVImage {
    if !transposed && !mirrored && !flipped { return self }
    let (width, height) = transposed ? (self.height, self.width) : (self.width, self.height)
    let chroma = { (plane: [UInt8]) -> [UInt8] in
      var turned = Plane(bytes: plane, width: self.chromaWidth, height: self.chromaHeight)
        .oriented(transposed: transposed, mirrored: mirrored, flipped: flipped)
      // Pairs of pixels are counted from the left. Seen from the right, an odd row has its pairs elsewhere: each
      // new pair lies halfway between two old ones. The same goes for columns.
      if mirrored && width % 2 == 1 { turned.averageColumns() }
      if flipped && height % 2 == 1 { turned.averageRows() }
      return turned.bytes
    }
    return YUVImage(
      width: width, height: height,
      luma: Plane(bytes: luma, width: self.width, height: self.height)
        .oriented(transposed: transposed, mirrored: mirrored, flipped: flipped).bytes,
      blueDifference: chroma(blueDifference), redDifference: chroma(redDifference))
  }
}

/// One channel of a picture.
private struct Plane {
  var bytes: [UInt8]
  var width: Int
  var height: Int

  func oriented(transposed: Bool, mirrored: Bool, flipped: Bool) -> Plane {
    let (newWidth, newHeight) = transposed ? (height, width) : (width, height)
    let (columnStep, rowStep) = transposed ? (width, 1) : (1, width)
    let turned = bytes.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: source.count) { destination, count in
        var target = 0
        for row in 0..<newHeight {
          var from =
            (flipped ? newHeight - 1 - row : row) * rowStep + (mirrored ? (newWidth - 1) * columnStep : 0)
          let step = mirrored ? -columnStep : columnStep
          for _ in 0..<newWidth {
            destination[target] = source[from]
            target += 1
            from += step
          }
        }
        count = target
      }
    }
    return Plane(bytes: turned, width: newWidth, height: newHeight)
  }

  /// Each value becomes the mean of itself and the one to its right.
  mutating func averageColumns() {
    for row in 0..<height {
      for value in (row * width)..<(row * width + width - 1) {
        bytes[value] = UInt8((Int(bytes[value]) + Int(bytes[value + 1]) + 1) / 2)
      }
    }
  }

  /// Each value becomes the mean of itself and the one below.
  mutating func averageRows() {
    for value in 0..<((height - 1) * width) {
      bytes[value] = UInt8((Int(bytes[value]) + Int(bytes[value + width]) + 1) / 2)
    }
  }
}
