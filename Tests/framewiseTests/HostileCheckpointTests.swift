import Foundation
import Testing

/// What a stranger may have put into a folder of weights. Each is refused in one line, by a process that could not have
/// allocated what the file claims.
@Suite("Hostile checkpoints", .syntheticSet) struct HostileCheckpointTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  /// A safetensors file of this header.
  private static func safetensors(_ header: String, data: Int = 0) -> Data {
    Data(withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8))
      + Data(count: data)
  }

  private static func entry(_ shape: String, _ offsets: String, type: String = "F32") -> String {
    "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  /// The old format of `torch.save` around a pickle.
  private static func pickle(_ content: [UInt8]) -> Data {
    let head: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E, 0x80, 2, 0x4D,
      0xE9, 3, 0x2E,
      0x80, 2, 0x7D, 0x8C, 13,
    ]
    return Data(head + Array("little_endian".utf8) + [0x88, 0x73, 0x2E, 0x80, 2] + content + [0x2E])
  }

  struct Hostile: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let file: String
    let content: Data
    let reason: String
    /// Whether the tensors can be listed all the same, and `inspect` says what does not fit.
    var isListed = false
  }

  private static let config = """
    {"model_type": "bert", "hidden_act": "gelu", "vocab_size": 10, "hidden_size": 16, "num_hidden_layers": 1,
     "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 512, "type_vocab_size": 2}
    """

  private static let all: [Hostile] = {
    let name = "model.safetensors"
    let many = (0..<100_000).map { "\"k\($0)\":\(entry("[0]", "[0,0]"))" }.joined(separator: ",")
    let system =
      Array("cposix\nsystem\n".utf8) + [0x8C, 14] + Array("touch pwned.txt".utf8.prefix(14)) + [0x85, 0x52]
    let claim: [UInt8] = [0x7D, 0x58, 0xFF, 0xFF, 0xFF, 0x7F]
    return [
      Hostile(
        testDescription: "a header longer than the file", file: name,
        content: Data([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0x7B, 0x7D]),
        reason: "its header claims 1099511627775 bytes"),
      Hostile(
        testDescription: "offsets that overlap", file: name,
        content: safetensors("{\"a\":\(entry("[1]", "[0,4]")),\"b\":\(entry("[1]", "[2,6]"))}", data: 6),
        reason: "'b': offsets [2, 6] leave a hole or overlap"),
      Hostile(
        testDescription: "a type that is none", file: name,
        content: safetensors("{\"a\":\(entry("[1]", "[0,4]", type: "F4"))}", data: 4),
        reason: "unknown type 'F4'"),
      Hostile(
        testDescription: "a key twice", file: name,
        content: safetensors("{\"a\":\(entry("[1]", "[0,4]")),\"a\":\(entry("[1]", "[0,4]"))}", data: 4),
        reason: "stands twice"),
      Hostile(
        testDescription: "a shape of terabytes", file: name,
        content: safetensors("{\"a\":\(entry("[1099511627776]", "[0,4398046511104]"))}", data: 4),
        reason: "cut short"),
      Hostile(
        testDescription: "a pickle that wants to run code", file: "pytorch_model.bin",
        content: pickle(system),
        reason: "it calls \"posix.system\", and would run code"),
      Hostile(
        testDescription: "a pickle with a text of gigabytes", file: "pytorch_model.bin",
        content: pickle(claim),
        reason: "cut short"),
      Hostile(
        testDescription: "a hundred thousand keys", file: name, content: safetensors("{\(many)}"),
        reason: "is missing", isListed: true),
      Hostile(
        testDescription: "an index that leads elsewhere", file: "model.safetensors.index.json",
        content: Data(#"{"weight_map": {"a": "../../../../etc/passwd"}}"#.utf8),
        reason: "no name of a file beside it"),
      Hostile(
        testDescription: "the weights of another model", file: name,
        content: safetensors("{\"conv1.weight\":\(entry("[1]", "[0,4]"))}", data: 4), reason: "is missing",
        isListed: true),
    ]
  }()

  private func write(_ hostile: Hostile) throws -> String {
    try FileManager.default.createDirectory(atPath: folder("bert"), withIntermediateDirectories: false)
    try folder.write(Self.config, to: "bert/config.json")
    try folder.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n", to: "bert/vocab.txt")
    try folder.write(hostile.content, to: "bert/\(hostile.file)")
    return folder("bert")
  }

  /// Four gigabytes of addresses: what the libraries take for themselves, and little more.
  private static let limit = ["bash", "-c", "ulimit -v 4194304 && exec \"$@\"", "bash"]

  @Test("Each is refused in one line and in little memory, by fit and by inspect", arguments: all)
  func refused(_ hostile: Hostile) async throws {
    let path = try write(hostile)
    let inspected = try await CommandLineRunner.run(["inspect", path], through: Self.limit)
    if hostile.isListed {
      #expect(inspected.exitCode == 0 && inspected.messages.isEmpty, "\(inspected.messages)")
      #expect(inspected.output.contains("does not fit: ") && inspected.output.utf8.count < 20_000)
    } else {
      inspected.expectError(65, saying: path, hostile.reason)
    }
    var arguments = set.fitArguments(out: folder("run"))
    if let place = arguments.firstIndex(where: { $0.hasPrefix("text_encoder={") }) {
      arguments.removeSubrange(place - 1...place)
    }
    let fitted = try await CommandLineRunner.run(arguments + ["--text-encoder", path], through: Self.limit)
    #expect(fitted.exitCode == 65 && fitted.messages.contains(hostile.reason), "\(fitted.messages)")
    #expect(fitted.messages.utf8.count < 8000)
    #expect(fitted.messages.split(separator: "\n").count { $0.hasPrefix("framewise: error: ") } == 1)
    #expect(!FileManager.default.fileExists(atPath: folder("run")))
    #expect(try folder.contents().keys.allSatisfy { !$0.contains("pwned") })
  }
}
