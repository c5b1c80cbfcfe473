import Batching
import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Pretrained

/// How Hugging Face's preprocessors say that pixels are prepared.
@Suite("Hugging Face's pixels") struct HuggingFacePixelsTests {
  let copy: PublishedCopy

  init() throws { copy = try PublishedCopy() }

  @Test(
    "how pixels are prepared is the preprocessor's",
    arguments: [
      ("hf_clip", Framing(.centerCropFloor, .bicubic), 12),
      ("hf_chinese_clip", Framing(.squash, .bicubic), 12),
      ("hf_siglip_vision", Framing(.squash, .bilinear), 12),
      ("hf_deit", Framing(.squashFloor, crop: 0.8, .bicubic), 12),
      ("hf_dinov2", Framing(.centerCropFloor, crop: 0.8, .bicubic), 12),
      ("hf_convnext", Framing(.centerCropFloor, crop: 32 / 36.0, .bicubic), 32),
    ])
  func framing(name: String, framing: Framing, size: Int) throws {
    let description = try copy.read(name).description
    #expect(description.framing == framing)
    #expect(description.configuration.imageSize == size)
  }

  @Test(
    "old spellings of the preprocessor mean what the class of it meant then",
    arguments: [
      ("CLIPFeatureExtractor", 224, Framing(.centerCropFloor, .bicubic)),
      ("ViTFeatureExtractor", 224, Framing(.squash, .bicubic)),
      ("ConvNextFeatureExtractor", 224, Framing(.centerCropFloor, crop: 0.875, .bicubic)),
      ("ConvNextFeatureExtractor", 384, Framing(.squash, .bicubic)),
    ])
  func oldPixels(kind: String, size: Int, wanted: Framing) throws {
    _ = try copy.read("hf_clip")
    let crop = kind.hasPrefix("CLIP") ? "\"crop_size\": \(size), \"do_center_crop\": true, " : ""
    try AtomicFile.write(
      """
      {"feature_extractor_type": "\(kind)", "do_resize": true, "size": \(size), \(crop)"resample": 3,
       "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
      """, to: copy.path.appending(PublishedCopy.pixels))
    let pixels = try HuggingFacePixels(reading: copy.path)
    #expect(pixels.framing == wanted && pixels.size == size)
  }

  @Test(
    "a size of one number is that of the short side or of both as the file says, or its class where it does not",
    arguments: [
      ("SiglipImageProcessor", "", nil), ("SiglipImageProcessor", "\"default_to_square\": true, ", .squash),
      ("ViTImageProcessor", "", .squash), ("ViTImageProcessor", "\"default_to_square\": false, ", nil),
      (
        "CLIPImageProcessor", "\"default_to_square\": true, \"crop_size\": 200, \"do_center_crop\": true, ",
        .squashFloor
      ),
    ] as [(String, String, Framing.Mode?)])
  func oneNumber(kind: String, settings: String, wanted: Framing.Mode?) throws {
    _ = try copy.read("hf_clip")
    try AtomicFile.write(
      """
      {"image_processor_type": "\(kind)", "size": 224, \(settings)"resample": 3, "image_mean": [0.5, 0.5, 0.5],
       "image_std": [0.5, 0.5, 0.5]}
      """, to: copy.path.appending(PublishedCopy.pixels))
    guard let wanted else {
      expectError(.badData, saying: "their shapes would differ") {
        _ = try HuggingFacePixels(reading: copy.path)
      }
      return
    }
    #expect(try HuggingFacePixels(reading: copy.path).framing.mode == wanted)
  }

  @Test("the part that is cropped gives the scaled side again, to the pixel")
  func crops() {
    for scaled in 2...600 {
      for input in stride(from: max(1, scaled / 3), through: scaled, by: 7) {
        let framing = Framing(.centerCrop, crop: Framing.crop(input: input, of: scaled))
        #expect(framing.shortSide(forInput: input) == scaled)
      }
    }
  }
}
