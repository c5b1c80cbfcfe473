import Pages
import Records
import SystemPackage

/// What the run was made from, and with which command.
struct Origin: Sendable {
  struct Fact: Sendable {
    let originName: String
    let originValue: String
  }

  /// Unicode scalars of a command or a path.
  private static let longest = 2000

  let facts: [Fact]
  let settings: [SettingRow]

  struct SettingRow: Sendable {
    let key: String
    let value: String
  }

  init(_ run: RunRecord, program: String) {
    var facts = [Fact(originName: "run folder", originValue: run.folder.path.string)]
    func add(_ name: String, _ value: String?) {
      if let value { facts.append(Fact(originName: name, originValue: value.cut(to: Self.longest))) }
    }
    let inputs = run.inputs
    add("annotations", inputs?.annotationsPath)
    add("frames", inputs?.framesPath)
    add("fingerprint of the annotations", inputs?.annotations)
    add("fingerprint of the frames", inputs?.frames)
    add("fingerprint of the tokenizer", inputs?.tokenizer)
    add("checksum of the given backbone", inputs?.backbone)
    let start = run.trainings.lazy.compactMap(\.start).first
    add("begun by", start?.program)
    add("command", start?.command)
    add("this page", "made by \(program)")
    self.facts = facts
    settings = run.settings.map { SettingRow(key: $0.key, value: $0.value) }
  }
}
