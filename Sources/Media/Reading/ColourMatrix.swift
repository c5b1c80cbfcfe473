import CFFmpeg
import Images

/// How luma and colour differences are made of red, green and blue: with the weights K of red and blue,
/// Y = Kr·R + (1 − Kr − Kb)·G + Kb·B, Cb = (B − Y) / (2 − 2·Kb), Cr = (R − Y) / (2 − 2·Kr).
enum ColourMatrix: Equatable {
  case bt601, bt709, bt2020, fcc, smpte240M

  /// Frames say which matrix they are in; those that do not are taken as players take them.
  init(_ named: AVColorSpace, width: Int32, height: Int32) {
    self =
      switch named {
      case AVCOL_SPC_BT709: .bt709
      case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: .bt601
      case AVCOL_SPC_FCC: .fcc
      case AVCOL_SPC_SMPTE240M: .smpte240M
      case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: .bt2020
      default: width >= 1280 || height > 576 ? .bt709 : .bt601
      }
  }

  var libswscaleName: Int32 {
    switch self {
    case .bt601: SWS_CS_ITU601
    case .bt709: SWS_CS_ITU709
    case .bt2020: SWS_CS_BT2020
    case .fcc: SWS_CS_FCC
    case .smpte240M: SWS_CS_SMPTE240M
    }
  }

  private var weights: (red: Double, blue: Double) {
    switch self {
    case .bt601: (0.299, 0.114)
    case .bt709: (0.2126, 0.0722)
    case .bt2020: (0.2627, 0.0593)
    case .fcc: (0.30, 0.11)
    case .smpte240M: (0.212, 0.087)
    }
  }

  /// What turns this matrix's values into those of BT.601, both of full range, in units of 1 / 2¹⁴:
  ///
  ///     Y′ = Y + lumaOfBlue·Cb + lumaOfRed·Cr,  Cb′ = blueOfBlue·Cb + blueOfRed·Cr,  Cr′ = redOfBlue·Cb + redOfRed·Cr
  ///
  /// Luma has no part in the colour differences, since grey is grey in all of them.
  struct Conversion: Equatable {
    static let fractionBits: Int32 = 14
    var lumaOfBlue: Int32
    var lumaOfRed: Int32
    var blueOfBlue: Int32
    var blueOfRed: Int32
    var redOfBlue: Int32
    var redOfRed: Int32
  }

  var toBT601: Conversion {
    let from = weights
    let to = ColourMatrix.bt601.weights
    // The colours of Cb = 1 and of Cr = 1 at Y = 0, then those colours' values by BT.601.
    let values = { (red: Double, blue: Double) -> (luma: Double, blue: Double, red: Double) in
      let green = -(from.red * red + from.blue * blue) / (1 - from.red - from.blue)
      let luma = to.red * red + (1 - to.red - to.blue) * green + to.blue * blue
      return (luma, (blue - luma) / (2 - 2 * to.blue), (red - luma) / (2 - 2 * to.red))
    }
    let ofBlue = values(0, 2 - 2 * from.blue)
    let ofRed = values(2 - 2 * from.red, 0)
    let fixed = { (value: Double) in Int32((value * Double(1 << Conversion.fractionBits)).rounded()) }
    return Conversion(
      lumaOfBlue: fixed(ofBlue.luma), lumaOfRed: fixed(ofRed.luma),
      blueOfBlue: fixed(ofBlue.blue), blueOfRed: fixed(ofRed.blue),
      redOfBlue: fixed(ofBlue.red), redOfRed: fixed(ofRed.red))
  }

  /// - Parameter image: whose planes are by this matrix, in full range; afterwards by BT.601.
  func convertToBT601(_ image: inout YUVImage) {
    if self == .bt601 { return }
    let conversion = toBT601
    let (width, height, chromaWidth) = (image.width, image.height, image.chromaWidth)
    // What one row of pairs adds to the luma of each pixel.
    var added = [Int16](repeating: 0, count: chromaWidth * 2)
    image.luma.withUnsafeMutableBufferPointer { luma in
      image.blueDifference.withUnsafeMutableBufferPointer { blue in
        image.redDifference.withUnsafeMutableBufferPointer { red in
          added.withUnsafeMutableBufferPointer { added in
            for pair in 0..<((height + 1) / 2) {
              Self.convertRow(
                UnsafeMutableBufferPointer(rebasing: blue[(pair * chromaWidth)..<((pair + 1) * chromaWidth)]),
                UnsafeMutableBufferPointer(rebasing: red[(pair * chromaWidth)..<((pair + 1) * chromaWidth)]),
                conversion, added)
              for row in (pair * 2)..<min(height, pair * 2 + 2) {
                Self.add(
                  added,
                  to: UnsafeMutableBufferPointer(rebasing: luma[(row * width)..<((row + 1) * width)]))
              }
            }
          }
        }
      }
    }
  }

  private static func convertRow(
    _ blue: UnsafeMutableBufferPointer<UInt8>, _ red: UnsafeMutableBufferPointer<UInt8>,
    _ by: Conversion, _ added: UnsafeMutableBufferPointer<Int16>
  ) {
    let half: Int32 = 1 << (Conversion.fractionBits - 1)
    for pair in 0..<blue.count {
      let (b, r) = (Int32(blue[pair]) &- 128, Int32(red[pair]) &- 128)
      let luma = (by.lumaOfBlue &* b &+ by.lumaOfRed &* r &+ half) >> Conversion.fractionBits
      added[2 &* pair] = Int16(truncatingIfNeeded: luma)
      added[2 &* pair &+ 1] = Int16(truncatingIfNeeded: luma)
      blue[pair] = clamped(
        (by.blueOfBlue &* b &+ by.blueOfRed &* r &+ half) >> Conversion.fractionBits &+ 128)
      red[pair] = clamped((by.redOfBlue &* b &+ by.redOfRed &* r &+ half) >> Conversion.fractionBits &+ 128)
    }
  }

  private static func add(
    _ added: UnsafeMutableBufferPointer<Int16>, to luma: UnsafeMutableBufferPointer<UInt8>
  ) {
    for pixel in 0..<luma.count {
      luma[pixel] = UInt8(truncatingIfNeeded: min(255, max(0, Int16(luma[pixel]) &+ added[pixel])))
    }
  }

  private static func clamped(_ value: Int32) -> UInt8 { UInt8(truncatingIfNeeded: min(255, max(0, value))) }
}
