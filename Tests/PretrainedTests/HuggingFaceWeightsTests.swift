import Batching
import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Pretrained

/// Which tensors Hugging Face's folders have to hold, and may.
@Suite("Hugging Face's weights") struct HuggingFaceWeightsTests {
  let copy: PublishedCopy

  init() throws { copy = try PublishedCopy() }

  @Test(
    "a tensor that is missing, left over or of another shape is named as the file names it",
    arguments: [
      ("vision_model.encoder.layers.1.self_attn.k_proj.bias", "' [24] is missing"),
      ("vision_model.embeddings.class_embedding", "' [1, 1, 8] is missing"),
    ])
  func missing(tensor: String, reason: String) throws {
    let backbone = try copy.read("hf_clip", tensors: { $0[tensor] = nil })
    expectError(.badData, saying: "'\(tensor)\(reason)") { try copy.load(backbone) }
  }

  @Test("so is one that belongs to no layer of the vision part; the text part and heads are passed over")
  func leftOver() throws {
    let name = "vision_model.encoder.layers.0.self_attn.q_norm.weight"
    let backbone = try copy.read("hf_clip", tensors: { $0[name] = .zeros([8]) })
    expectError(.badData, saying: "'\(name)' belongs to no layer") { try copy.load(backbone) }
    try copy.load(try copy.read("hf_clip"))
    try copy.load(try copy.read("hf_vit_classifier"))
  }

  @Test(
    "weights of a few bits, whose scale stands elsewhere, are refused by name, joined ones too",
    arguments: [
      "post_layernorm.bias", "encoder.layers.0.self_attn.q_proj.weight", "embeddings.class_embedding",
    ])
  func codes(name: String) throws {
    let name = "vision_model.\(name)"
    let backbone = try copy.read("hf_clip", tensors: { $0[name] = $0[name]?.to(.int8) })
    expectError(.badData, saying: name, "is of type I8") { try copy.load(backbone) }
  }

  @Test(
    "what stands beside the vision part and is no head that is known may have been computed, and refuses the file",
    arguments: [
      ("hf_vit_classifier", "fc_norm.weight"), ("hf_vit_classifier", "adapter.0.down.weight"),
      ("hf_clip", "neck.weight"), ("hf_siglip", "text_modeling"), ("hf_convnextv2", "classifier_norm.weight"),
    ])
  func strangers(fixture: String, name: String) throws {
    expectError(.badData, saying: copy.path.string, "'\(name)' belongs to no part of a") {
      _ = try copy.read(fixture, tensors: { $0[name] = .zeros([2]) })
    }
  }

  @Test("a table of no registers is no tensor that somebody would have to read; one of some is")
  func noRegisters() throws {
    let name = "embeddings.register_tokens"
    for rows in [0, 2] {
      let backbone = try copy.read(
        "hf_dinov3", PublishedCopy.config, ["\"num_register_tokens\": 2": "\"num_register_tokens\": 0"],
        tensors: { $0[name] = .zeros([1, rows, 8]) })
      if rows == 0 {
        try copy.load(backbone)
      } else {
        expectError(.badData, saying: "'\(name)' belongs to no layer") { try copy.load(backbone) }
      }
    }
  }

  @Test("parts of one tensor that do not go together are told from each other")
  func parts() throws {
    let name = "vision_model.encoder.layers.0.self_attn.q_proj.weight"
    let backbone = try copy.read("hf_clip", tensors: { $0[name] = .zeros([4, 8]) })
    expectError(.badData, saying: name, "the configuration asks for [24, 8]") { try copy.load(backbone) }
  }
}
