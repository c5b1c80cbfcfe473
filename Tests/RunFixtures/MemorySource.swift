package import Dataset
package import Images

/// Pictures that the tests hold in memory.
package struct MemorySource: VideoSource {
  package var vectorSize: Int?
  package var contents: [String: VideoContent] = [:]
  package var vectorOrigin: VectorFolder.Origin?
  package var ids: [String] { contents.keys.sorted() }

  package init(
    vectorSize: Int? = nil, contents: [String: VideoContent] = [:], origin: VectorFolder.Origin? = nil
  ) {
    self.vectorSize = vectorSize
    vectorOrigin = origin
    self.contents = contents
  }

  package func content(of id: String) -> VideoContent { contents[id] ?? .missing(reason: "not there") }

  package func fingerprint(of ids: some Sequence<String>) -> String {
    var fingerprint = Fingerprint()
    for id in ids { fingerprint.add("\(id) \(content(of: id))") }
    return fingerprint.text
  }
}

package typealias Colour = (red: UInt8, green: UInt8, blue: UInt8)

package let red: Colour = (250, 10, 10)
package let green: Colour = (10, 250, 10)
package let blue: Colour = (10, 10, 250)

/// Stripes of equal width, from left to right or from top to bottom.
package func picture(_ colours: [Colour], width: Int = 24, height: Int = 24, upright: Bool = true) -> RGBImage
{
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      let colour = upright ? colours[x * colours.count / width] : colours[y * colours.count / height]
      pixels += [colour.red, colour.green, colour.blue]
    }
  }
  return RGBImage(width: width, height: height, pixels: pixels)
}

package func jpeg(_ image: RGBImage) throws -> [UInt8] { try JPEG.encode(image, quality: 95) }
