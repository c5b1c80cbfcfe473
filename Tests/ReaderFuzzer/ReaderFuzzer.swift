import Foundation
import Storage
import SystemPackage
import Text
import Torch

/// The readers of what strangers publish, as libFuzzer calls them (`scripts/fuzz_readers.sh`). Whatever the bytes are, they are
/// read, or refused in one line that is not long.
enum Reader: String {
  case safetensors
  case pickle
  case tokenizer
  case sentencePiece = "sentencepiece"

  private static let texts = [
    "", "a title, 新闻 😀", " \u{0} </s>  b\u{301}", String(repeating: "很", count: 50),
  ]

  private var fileName: String {
    switch self {
    case .safetensors: "model.safetensors"
    case .pickle: "pytorch_model.bin"
    case .tokenizer: "tokenizer.json"
    case .sentencePiece: "sentencepiece.bpe.model"
    }
  }

  func read(_ bytes: UnsafeRawBufferPointer, in folder: FilePath) {
    let path = folder.appending(fileName)
    do {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
      _ = try file.closeAfter { try file.writeAll(bytes) }
    } catch { fatalError("\(path): \(error)") }
    do {
      switch self {
      case .safetensors: try readAll(try Safetensors(path))
      case .pickle: try readAll(try PyTorchFile(path))
      case .tokenizer, .sentencePiece:
        let tokenizer = try TokenizerFile(reading: path).tokenizer
        for text in Self.texts {
          for token in tokenizer.encode(text) {
            precondition(0..<Int32(tokenizer.vocabularySize) ~= token, "a token outside of the vocabulary")
          }
        }
      }
    } catch let error as any ReportableError {
      precondition(!error.description.contains { $0.isNewline }, "an error of several lines")
      precondition(error.description.utf8.count < 4096, "an error without an end")
    } catch { fatalError("an error that nobody reports: \(error)") }
  }

  private func readAll(_ file: some TensorFile) throws {
    for name in file.names {
      guard let shape = file.shape(of: name) else { fatalError("a tensor without a shape") }
      let tensor = try file.tensor(name)
      precondition(tensor.shape == shape, "a tensor of another shape")
    }
  }
}

private let environment = ProcessInfo.processInfo.environment
private let reader = Reader(rawValue: environment["READER"] ?? "")
private let folder = FilePath(environment["READER_FOLDER"] ?? ".")

/// What libFuzzer's library asks for when it is linked; what is called is `readOne`.
@_cdecl("LLVMFuzzerTestOneInput")
public func readOneByName(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt { readOne(start, count) }

/// Reads one input.
func readOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let reader else { fatalError("READER is safetensors, pickle, tokenizer or sentencepiece") }
  reader.read(UnsafeRawBufferPointer(start: start, count: count), in: folder)
  return 0
}
