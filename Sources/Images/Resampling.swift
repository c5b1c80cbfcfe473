/// How a pixel is made from its neighbours when a picture changes size. Both kernels widen with the reduction,
/// so that every source pixel counts and nothing aliases, and both give Pillow's pixels exactly, which published weights
/// have learnt from.
package enum ResamplingFilter: Sendable {
  /// The triangle 1 − |x|, |x| < 1; Pillow's BILINEAR.
  case bilinear
  /// Keys' cubic with a = −½, |x| < 2 (CLIP's preprocessing); Pillow's BICUBIC.
  case bicubic

  /// Raised with every change of the pixels that come out: what was computed from others is not gone on with.
  package static let version = 2

  var support: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
    }
  }
}

/// Which source pixels make each destination pixel along one axis, and with which weights.
struct ResamplingTaps {
  /// Weights are integers in units of 1 / 2²², as Pillow's: 255 × 2²² × the kernels' greatest absolute sum, which is below
  /// 2, fits 32 bits.
  static let fractionBits: Int32 = 22

  /// First source pixel of each destination pixel.
  private(set) var starts: [Int] = []
  /// `width` weights for each destination pixel, padded with zeros. Each row adds up to 1 but for the rounding of its
  /// weights, which does not change the brightness of an even surface: that would take 16,000 of them.
  private(set) var weights: [Int32] = []
  /// Weights that count, for each destination pixel.
  private(set) var counts: [Int] = []
  let width: Int

  /// - Parameter range: the destination pixels that are wanted.
  init(source: Int, destination: Int, wanted range: Range<Int>, filter: ResamplingFilter) {
    let scale = Double(source) / Double(destination)
    let stretch = max(1, scale)
    let support = filter.support * stretch
    width = min(source, Int(support.rounded(.up)) * 2 + 1)
    let one = Double(1 << Int(Self.fractionBits))
    starts.reserveCapacity(range.count)
    counts.reserveCapacity(range.count)
    weights.reserveCapacity(range.count * width)
    for pixel in range {
      let centre = (Double(pixel) + 0.5) * scale
      let start = max(0, Int(centre - support + 0.5))
      let end = min(source, Int(centre + support + 0.5))
      let exact = (start..<end).map { filter.weight((Double($0) - centre + 0.5) * (1 / stretch)) }
      let sum = exact.reduce(0, +)
      starts.append(start)
      counts.append(exact.count)
      weights += exact.map { Int32(($0 / sum * one).rounded()) }
      weights += repeatElement(0, count: width - exact.count)
    }
  }

  /// The source pixels that any of the destination pixels needs.
  var sources: Range<Int> {
    // Neither starts nor ends go back from one pixel to the next.
    guard let first = starts.first, let last = starts.last, let count = counts.last else { return 0..<0 }
    return first..<(last + count)
  }
}

extension RGBImage {
  /// The picture, or the rectangle of it named by `region`, at another size. What lies outside the rectangle
  /// has no influence, as if it had been cropped first.
  ///
  /// - Parameter window: the part of the new picture that is made; nil makes all of it.
  /// - Precondition: the region is not empty and lies inside the picture, and so does the window in the new one.
  package func resized(
    width: Int, height: Int, from region: Region? = nil, filter: ResamplingFilter = .bilinear,
    showing window: Region? = nil
  ) -> RGBImage {
    let region = region ?? Region(x: 0, y: 0, width: self.width, height: self.height)
    let window = window ?? Region(x: 0, y: 0, width: width, height: height)
    precondition(width > 0 && height > 0, "resize to \(width)×\(height)")
    precondition(
      region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0
        && region.x + region.width <= self.width && region.y + region.height <= self.height,
      "\(region) of a picture of \(self.width)×\(self.height)")
    precondition(
      window.x >= 0 && window.y >= 0 && window.width > 0 && window.height > 0
        && window.x + window.width <= width && window.y + window.height <= height,
      "\(window) of a picture of \(width)×\(height)")
    if region.width == width && region.height == height {
      return cropped(
        x: region.x + window.x, y: region.y + window.y, width: window.width, height: window.height)
    }
    let columns = ResamplingTaps(
      source: region.width, destination: width, wanted: window.x..<window.x + window.width, filter: filter)
    let rows = ResamplingTaps(
      source: region.height, destination: height, wanted: window.y..<window.y + window.height, filter: filter)
    let resized = pixels.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: window.width * window.height * 3) { destination, count in
        resample(source, region, columns, rows, into: destination)
        count = destination.count
      }
    }
    return RGBImage(width: window.width, height: window.height, pixels: resized)
  }

  /// Scaled so that the short side is `shortSide`, the aspect kept.
  package func resized(shortSide: Int, filter: ResamplingFilter = .bilinear) -> RGBImage {
    let size = RGBImage.size(width: width, height: height, fittedTo: shortSide)
    return resized(width: size.width, height: size.height, filter: filter)
  }

  /// Mixes columns first and then rows, with bytes in between, as Pillow does: a kernel that overshoots is cut at 0 and 255
  /// between the two, so that the order shows.
  private func resample(
    _ source: UnsafeBufferPointer<UInt8>, _ region: Region, _ columns: ResamplingTaps,
    _ rows: ResamplingTaps, into destination: UnsafeMutableBufferPointer<UInt8>
  ) {
    let bytes = columns.starts.count * 3
    let needed = rows.sources
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: needed.count * bytes) { between in
      for (place, row) in needed.enumerated() {
        let from = ((region.y + row) * self.width + region.x) * 3
        mixColumns(
          UnsafeBufferPointer(rebasing: source[from..<(from + region.width * 3)]), columns,
          into: UnsafeMutableBufferPointer(rebasing: between[(place * bytes)..<((place + 1) * bytes)]))
      }
      mixRows(UnsafeBufferPointer(between), from: needed.lowerBound, bytes: bytes, rows, into: destination)
    }
  }

  /// One row of the source, of which only the columns that are wanted are made.
  private func mixColumns(
    _ row: UnsafeBufferPointer<UInt8>, _ columns: ResamplingTaps,
    into destination: UnsafeMutableBufferPointer<UInt8>
  ) {
    columns.weights.withUnsafeBufferPointer { weights in
      for pixel in columns.starts.indices {
        let half: Int32 = 1 << (ResamplingTaps.fractionBits - 1)
        var (red, green, blue) = (half, half, half)
        var from = columns.starts[pixel] &* 3
        let first = pixel &* columns.width
        for tap in first..<(first &+ columns.counts[pixel]) {
          let weight = weights[tap]
          red &+= weight &* Int32(row[from])
          green &+= weight &* Int32(row[from &+ 1])
          blue &+= weight &* Int32(row[from &+ 2])
          from &+= 3
        }
        destination[pixel &* 3] = clamped(red)
        destination[pixel &* 3 &+ 1] = clamped(green)
        destination[pixel &* 3 &+ 2] = clamped(blue)
      }
    }
  }

  /// Row by row, in loops over bytes that run on vectors.
  /// - Parameter first: the row of the source's region that `between` begins with.
  /// - Parameter bytes: of a row.
  private func mixRows(
    _ between: UnsafeBufferPointer<UInt8>, from first: Int, bytes: Int, _ rows: ResamplingTaps,
    into destination: UnsafeMutableBufferPointer<UInt8>
  ) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: bytes) { sums in
      for row in rows.starts.indices {
        sums.initialize(repeating: 1 << (ResamplingTaps.fractionBits - 1))
        for tap in 0..<rows.counts[row] {
          let weight = rows.weights[row * rows.width + tap]
          let from = (rows.starts[row] + tap - first) * bytes
          for byte in 0..<bytes { sums[byte] &+= weight &* Int32(between[from &+ byte]) }
        }
        let place = row * bytes
        for byte in 0..<bytes { destination[place &+ byte] = clamped(sums[byte]) }
      }
    }
  }

  private func clamped(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(255, max(0, sum >> ResamplingTaps.fractionBits)))
  }
}

/// A rectangle of pixels; `x` and `y` are its top left one.
package struct Region: Sendable, Equatable {
  package var x: Int
  package var y: Int
  package var width: Int
  package var height: Int

  package init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}
