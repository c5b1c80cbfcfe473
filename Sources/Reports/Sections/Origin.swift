import Pages
import Records
import SystemPackage

/// What the run was made from, and how to make it again.
struct Origin: Sendable {
  struct Fact: Sendable {
    let originName: String
    let originValue: String
  }

  let facts: [Fact]
  let command: String
  let settings: [SettingRow]

  struct SettingRow: Sendable {
    let key: String
    let value: String
  }

  init(_ run: RunRecord, program: String) {
    var facts = [Fact(originName: "run folder", originValue: run.folder.path.string)]
    func add(_ name: String, _ value: String?) {
      if let value { facts.append(Fact(originName: name, originValue: value)) }
    }
    let inputs = run.inputs
    add("annotations", inputs?.annotationsPath)
    add("frames", inputs?.framesPath)
    add("fingerprint of the annotations", inputs?.annotations)
    add("fingerprint of the frames", inputs?.frames)
    add("fingerprint of the tokenizer", inputs?.tokenizer)
    add("checksum of the given backbone", inputs?.backbone)
    add("this page", "made by \(program)")
    self.facts = facts
    let frames = inputs?.framesPath.map { " --frames \($0)" } ?? ""
    command =
      "framewise fit --config \(run.folder.path)/configuration.yaml --annotations \(inputs?.annotationsPath ?? "…")\(frames) --out …"
    settings = run.settings.map { SettingRow(key: $0.key, value: $0.value.cut(to: 200)) }
  }
}
