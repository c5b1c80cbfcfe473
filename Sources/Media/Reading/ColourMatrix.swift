import CFFmpeg
import Images

/// How luma and colour differences are made of red, green and blue: with the weights K of red and blue,
/// Y = Kr·R + (1 − Kr − Kb)·G + Kb·B, Cb = (B − Y) / (2 − 2·Kb), Cr = (R − Y) / (2 − 2·Kr); in YCgCo
/// Y = (R + 2·G + B) / 4, Cg = (2·G − R − B) / 4, Co = (R − B) / 2.
enum ColourMatrix: Equatable {
  case bt601, bt709, bt2020, fcc, smpte240M, yCgCo

  /// Frames say which matrix they are in; those that do not are taken as players take them. Nil for what no matrix
  /// makes of red, green and blue (ICtCp, say).
  init?(_ named: AVColorSpace, width: Int32, height: Int32) {
    switch named {
    case AVCOL_SPC_BT709: self = .bt709
    case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: self = .bt601
    case AVCOL_SPC_FCC: self = .fcc
    case AVCOL_SPC_SMPTE240M: self = .smpte240M
    // Hardly anything is in constant luminance; what says so has mistaken its name.
    case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: self = .bt2020
    case AVCOL_SPC_YCGCO: self = .yCgCo
    case AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_RESERVED, AVCOL_SPC_RGB:
      self = width >= 1280 || height > 576 ? .bt709 : .bt601
    default: return nil
    }
  }

  /// Nil for a matrix that libswscale does not know.
  var libswscaleName: Int32? {
    switch self {
    case .bt601: SWS_CS_ITU601
    case .bt709: SWS_CS_ITU709
    case .bt2020: SWS_CS_BT2020
    case .fcc: SWS_CS_FCC
    case .smpte240M: SWS_CS_SMPTE240M
    case .yCgCo: nil
    }
  }

  private typealias Colour = (red: Double, green: Double, blue: Double)

  /// The colours of Cb = 1 and of Cr = 1 at Y = 0.
  private var ofDifferences: (blue: Colour, red: Colour) {
    func weighted(_ red: Double, _ blue: Double) -> (Colour, Colour) {
      let green = 1 - red - blue
      return (
        (0, -blue * (2 - 2 * blue) / green, 2 - 2 * blue), (2 - 2 * red, -red * (2 - 2 * red) / green, 0)
      )
    }
    return switch self {
    case .bt601: weighted(0.299, 0.114)
    case .bt709: weighted(0.2126, 0.0722)
    case .bt2020: weighted(0.2627, 0.0593)
    case .fcc: weighted(0.30, 0.11)
    case .smpte240M: weighted(0.212, 0.087)
    case .yCgCo: ((-1, 1, -1), (1, 0, -1))
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
    let values = { (colour: Colour) -> (luma: Double, blue: Double, red: Double) in
      let luma = 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue
      return (luma, (colour.blue - luma) / 1.772, (colour.red - luma) / 1.402)
    }
    let (ofBlue, ofRed) = (values(ofDifferences.blue), values(ofDifferences.red))
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
