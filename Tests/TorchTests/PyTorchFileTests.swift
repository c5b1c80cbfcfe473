import Foundation
import Storage
import SystemPackage
import Testing
import Torch

/// Checkpoints that `scripts/make_pickle_fixtures.py` wrote, and pickles that want more than to be read.
@Suite struct PyTorchFileTests {
  private func fixture(_ name: String) -> FilePath {
    FilePath(Bundle.module.bundleURL.appending(path: "Fixtures/\(name)").path)
  }

  @Test(
    "The zip format, the old one and TorchScript hold the same tensors as safetensors, views and parameters among them",
    arguments: [
      ("state.pt", "state.safetensors"), ("state_legacy.pt", "state.safetensors"),
      ("training.pt", "net.safetensors"), ("script.pt", "net.safetensors"),
    ])
  func formats(name: String, wanted: String) throws {
    let (file, reference) = (try PyTorchFile(fixture(name)), try Safetensors(fixture(wanted)))
    #expect(file.names == reference.names)
    for name in reference.names {
      let (found, expected) = (try file.tensor(name), try reference.tensor(name))
      #expect(file.shape(of: name) == expected.shape && found.type == expected.type)
      #expect(found.bytes == expected.bytes, "\(name)")
    }
    #expect(try PyTorchFile.isOne(fixture(name)) && !PyTorchFile.isOne(fixture(wanted)))
  }

  @Test("A storage that unpacks to more than its tensors need is refused before it is unpacked")
  func bomb() throws {
    let file = try PyTorchFile(fixture("bomb.pt"))
    let error = #expect(throws: PyTorchError.self) { try file.tensor("a") }
    #expect(
      error?.reason.contains("claims 16777216 bytes, more than 16") == true, "\(error?.description ?? "")")
  }

  @Test(
    "A file that is cut short anywhere is refused, or gives the tensors that are whole",
    arguments: ["state.pt", "state_legacy.pt"])
  func truncated(name: String) throws {
    let bytes = try Files.read(fixture(name))
    for length in stride(from: 0, to: bytes.count, by: 61) {
      try withTemporaryPath { path in
        try Data(bytes.prefix(length)).write(to: URL(filePath: path.string))
        do {
          let file = try PyTorchFile(path)
          for name in file.names { _ = try file.tensor(name) }
          Issue.record("\(length) of \(bytes.count) bytes were enough")
        } catch let error as any ReportableError {
          #expect(!error.description.contains { $0.isNewline })
        }
      }
    }
  }

  // MARK: Pickles by hand

  private func expectRefused(_ bytes: [UInt8], _ reason: String) throws {
    try withTemporaryPath { path in
      try Data(bytes).write(to: URL(filePath: path.string))
      let error = try #require(throws: PyTorchError.self) {
        let file = try PyTorchFile(path)
        for name in file.names { _ = try file.tensor(name) }
      }
      #expect(error.path == path && error.kind == .badData)
      #expect(error.reason.contains(reason), "\(error.reason)")
      #expect(!error.description.contains { $0.isNewline } && error.description.count < 400)
    }
  }

  @Test(
    "A pickle that calls anything but what makes tensors is refused by the name of what it calls",
    arguments: [
      ("os", "system"), ("builtins", "eval"), ("posix", "system"), ("subprocess", "Popen"), ("torch", "load"),
      ("torch._utils", "_rebuild_device_tensor_from_numpy"), ("numpy.core.multiarray", "scalar"),
      ("__builtin__", "getattr"), ("argparse", "Namespace"), ("nt\u{1B}[2J", "system"),
    ])
  func code(module: String, name: String) throws {
    for call in [[0x52], [0x81]] as [[UInt8]] {
      try expectRefused(
        Pickles.legacy(Pickles.member(Pickles.global(module, name), Pickles.text("touch x"), [0x85], call)),
        "would run code")
    }
  }

  @Test(
    "Instructions that no tensor needs, and those without what they need, are refused",
    arguments: [
      ([0x69], "'i'"), ([0x6F], "'o'"), ([0x50, 0x0A], "'P'"), ([0x82, 1], "0x82"), ([0x92], "0x92"),
      ([0x49, 0x31, 0x0A], "'I'"),
      ([0x52], "ends too early"), ([0x85], "takes what is not there"), ([0x74], "ends what did not begin"),
      ([0x68, 9], "recalls what it never stored"), ([0x4B, 1], "an int, not a dictionary"),
      ([0x5D, 0x4B, 1, 0x73], "ends too early"), ([0x5D, 0x73], "takes what is not there"),
      ([0x4B, 1, 0x4B, 2, 0x61], "no list"), ([0x4B, 1, 0x51], "something else than a storage"),
      ([0x58, 0xFF, 0xFF, 0xFF, 0xFF], "cut short"),
      ([0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "cut short"),
      ([0x8B, 0xFF, 0xFF, 0xFF, 0x7F], "cut short"), ([0x63], "without an end"),
      ([0x8C, 1, 0xFF], "not UTF-8"),
      ([0x5D], "a list, not a dictionary"), ([0x7D], "holds no tensors"),
      ([0x7D, 0x4B, 1, 0x62], "a state that is an int"),
    ] as [([UInt8], String)])
  func instructions(content: [UInt8], reason: String) throws {
    try expectRefused(Pickles.legacy(content), reason)
  }

  @Test(
    "Tensors that claim what their storage does not hold are refused before there is room for them",
    arguments: [
      (4, 0, [5], [1], "from number 0 on, in a storage of 4"),
      (4, 1, [4], [1], "from number 1 on, in a storage of 4"),
      (4, 0, [2, 2], [4, 1], "shape [2, 2] and strides [4, 1] from number 0 on"),
      (4, -1, [1], [1], "offset -1"), (4, 0, [-1], [1], "a tensor of shape [-1]"),
      (4, 0, [4], [-1], "strides [-1]"), (4, 0, [4], [1, 1], "1 dimensions and 2 strides"),
      (4, 0, [1 << 40], [0], "from number 0 on, in a storage of 4"),
      (4, 0, [1 << 40, 1 << 40], [0, 0], "of impossible shape"),
      (4, 0, [(1 << 40) + 1, 0], [0, 0], "a tensor of shape [1099511627777, 0]"),
      (4, 0, [2], [1 << 62], "in a storage of 4"), (4, .max, [1], [1], "in a storage of 4"),
      (1 << 62, 0, [4], [1], "a storage of 4611686018427387904 numbers"),
      (-1, 0, [0], [1], "a storage of -1 numbers"),
    ] as [(Int, Int, [Int], [Int], String)])
  func claims(count: Int, offset: Int, shape: [Int], strides: [Int], reason: String) throws {
    let content = Pickles.member(
      Pickles.tensor(count: count, offset: offset, shape: shape, strides: strides))
    let storage = Pickles.little(Int64(4)) + [UInt8](repeating: 0, count: 16)
    try expectRefused(Pickles.legacy(content, keys: Pickles.keys) + storage, reason)
  }

  @Test("A tensor that is to be seen through something, such as with the other sign, is refused")
  func views() throws {
    let storage = Pickles.little(Int64(4)) + [UInt8](repeating: 0, count: 16)
    let negated = Pickles.joined([0x7D], Pickles.text("neg"), [0x88, 0x73])
    let content = Pickles.member(Pickles.tensor(metadata: negated))
    try expectRefused(Pickles.legacy(content, keys: Pickles.keys) + storage, "negated or conjugated")
    for nothing in [[0x7D], [0x4E]] as [[UInt8]] {
      let plain = Pickles.legacy(Pickles.member(Pickles.tensor(metadata: nothing)), keys: Pickles.keys)
      try withTemporaryPath { path in
        try Data(plain + storage).write(to: URL(filePath: path.string))
        #expect(try PyTorchFile(path).names == ["a"])
      }
    }
  }

  @Test("Of a checkpoint of training, the model's state is the first of its usual places that holds one")
  func states() throws {
    let model = Pickles.member(Pickles.tensor())
    let content = Pickles.joined(
      [0x7D, 0x28], Pickles.text("state_dict"), [0x4E], Pickles.text("model"), model, Pickles.text("b"),
      [0x7D, 0x75])
    try withTemporaryPath { path in
      try Data(
        Pickles.legacy(content, keys: Pickles.keys) + Pickles.little(Int64(4))
          + [UInt8](repeating: 0, count: 16)
      ).write(to: URL(filePath: path.string))
      #expect(try PyTorchFile(path).names == ["a"])
    }
  }

  @Test("A storage that claims more than the file holds, one that is not there, one of another kind")
  func storages() throws {
    let content = Pickles.member(Pickles.tensor(count: 1 << 40, shape: [1 << 40]))
    let claim = Pickles.little(Int64(1 << 40))
    try expectRefused(
      Pickles.legacy(content, keys: Pickles.keys) + claim,
      "claims 1099511627776 numbers")
    try expectRefused(Pickles.legacy(Pickles.member(Pickles.tensor())), "not in the file")
    try expectRefused(
      Pickles.legacy(Pickles.member(Pickles.tensor(storage: "QInt8Storage"))),
      "a storage of the kind \"torch.QInt8Storage\"")
  }

  @Test("A name twice, a dictionary in itself, and dictionaries that double with each level come to an end")
  func shapes() throws {
    let a = Pickles.text("a")
    let twice = Pickles.joined([0x7D, 0x28], a, Pickles.tensor(), a, Pickles.tensor(), [0x75])
    try expectRefused(Pickles.legacy(twice), "the tensor \"a\" twice")
    try expectRefused(
      Pickles.legacy(Pickles.joined([0x7D, 0x71, 0], a, [0x68, 0, 0x73])), "without an end")
    var doubling: [UInt8] = [0x7D, 0x71, 0]
    for level in 1...40 as ClosedRange<UInt8> {
      doubling += Pickles.joined(
        [0x7D, 0x28], a, [0x68, level - 1], Pickles.text("b"), [0x68, level - 1, 0x75, 0x71, level])
    }
    let name = [UInt8](repeating: 0x61, count: 5000)
    let long = Pickles.joined([0x7D, 0x58], Pickles.little(UInt32(5000)), name, Pickles.tensor(), [0x73])
    try expectRefused(Pickles.legacy(long), "a name of more than")
    try expectRefused(Pickles.legacy(doubling), "more than 200000 entries")
  }

  @Test("Values that lie in each other a hundred thousand deep are let go of without recursion")
  func deep() throws {
    let depth = 100_000
    func many(_ bytes: UInt8...) -> [UInt8] { (0..<depth).flatMap { _ in bytes } }
    let tuples = Pickles.joined([0x29], many(0x85))
    let lists = Pickles.joined([0x5D], many(0x5D), many(0x61))
    let dictionaries = Pickles.joined(many(0x7D, 0x4E), [0x4E], many(0x73))
    for content in [tuples, lists, dictionaries] {
      try expectRefused(Pickles.legacy(content), "without an end")
      try expectRefused(Pickles.legacy(Pickles.member(content)), "without an end")
      // Let go of half-way, too.
      try expectRefused(Pickles.legacy(Pickles.joined(content, [0x69])), "'i'")
    }
  }

  @Test("Tensors of shared storages are the same in every order, and as often as they are read")
  func order() throws {
    let (file, reference) = (
      try PyTorchFile(fixture("state.pt")), try Safetensors(fixture("state.safetensors"))
    )
    for name in file.names + file.names.reversed() {
      #expect(try file.tensor(name).bytes == reference.tensor(name).bytes, "\(name)")
    }
  }

  @Test(
    "A zip that is not as torch.save makes it, or claims more than the file is long, is refused",
    arguments: ZipCase.all)
  func zips(_ one: ZipCase) throws { try expectRefused(Pickles.zip(one.members), one.reason) }

  struct ZipCase: CustomTestStringConvertible, Sendable {
    let members: [Pickles.ZipMember]
    let reason: String
    var testDescription: String { reason }

    init(_ members: [Pickles.ZipMember], _ reason: String) {
      self.members = members
      self.reason = reason
    }

    static let all: [Self] = {
      func pickle(count: Int) -> Pickles.ZipMember {
        let content = Pickles.member(Pickles.tensor(count: count))
        return .init("a/data.pkl", Pickles.joined([0x80, 2], content, [0x2E]))
      }
      func two(_ one: String, _ count: Int, _ other: String, _ otherCount: Int) -> Pickles.ZipMember {
        let content = Pickles.joined(
          [0x7D, 0x28], Pickles.text("a"), Pickles.tensor(count: count, key: one), Pickles.text("b"),
          Pickles.tensor(count: otherCount, key: other), [0x75])
        return .init("a/data.pkl", Pickles.joined([0x80, 2], content, [0x2E]))
      }
      let numbers = [UInt8](repeating: 0, count: 16)
      return [
        Self([.init("a/data/0", numbers)], "without the one data.pkl"),
        Self([pickle(count: 4), .init("b/data.pkl", [0x2E])], "without the one data.pkl"),
        Self([pickle(count: 4), .init("a/byteorder", Array("big".utf8))], "the other byte order"),
        Self([pickle(count: 4)], "storage \"0\" is not in the file"),
        // Packed storages that take turns would be unpacked for each tensor.
        Self(
          [two("0", 90, "1", 90), .init("a/data/0", [])],
          "storage \"1\" of 90 numbers is larger than the file"),
        Self([two("0", 4, "0", 8), .init("a/data/0", numbers)], "storage \"0\" has two sizes"),
        Self([pickle(count: 4), .init("a/data/0", [0, 0])], "has 2 bytes, 4 numbers take 16"),
        Self([pickle(count: 4), .init("a/data/0", numbers), .init("a/data/0", numbers)], "twice"),
        Self(
          [pickle(count: 1 << 29), .init("a/data/0", numbers, claiming: 1 << 31)], "is larger than the file"),
        Self([.init("a/data.pkl", [0x2E], claiming: 1 << 31)], "claims 2147483648 bytes"),
      ]
    }()
  }
}
