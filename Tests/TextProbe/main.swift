import Foundation
import Glibc
import Pretrained
import Storage
import SystemPackage
import Text
import Torch

// What `scripts/check_text_encoder.py` compares with the published libraries. Texts come in on standard input, a JSON
// string on each line.
//
//   text-probe tokens FOLDER           the tokens of each text, a JSON array on a line, without any around them
//   text-probe vectors FOLDER OUT      the vector of each text, as `vectors` of a safetensors file

func fail(_ problem: String, _ code: Int32) -> Never {
  _ = try? FileDescriptor.standardError.writeAll("text-probe: \(problem)\n".utf8)
  exit(code)
}

func texts() throws -> [String] {
  var texts: [String] = []
  while let line = readLine() {
    texts.append(try JSONText.decode([String].self, from: Array("[\(line)]".utf8))[0])
  }
  return texts
}

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  switch (arguments.first, arguments.count) {
  case ("tokens", 2):
    let tokenizer = try TokenizerFile(reading: FilePath(arguments[1])).tokenizer
    for text in try texts() { print(tokenizer.encode(text)) }
  case ("vectors", 3):
    let encoder = try SentenceEncoder(reading: FilePath(arguments[1]))
    let all = try texts()
    let vectors = stride(from: 0, to: all.count, by: 32).map { start in
      encoder(Array(all[start..<min(start + 32, all.count)]))
    }
    try Safetensors.write(["vectors": .concatenated(vectors)], to: FilePath(arguments[2]))
  default: fail("wrong usage", 64)
  }
} catch {
  fail("\(error)", 65)
}
