import Storage
import Terminal

extension Console {
  /// Prints what a command has done: on standard output, or, where one of its outputs goes there, as messages.
  func conclude(_ text: String, after files: CommandFiles) throws(FileError) {
    guard files.takeStandardOutput else { return try result(text) }
    for line in text.split(separator: "\n") { message(String(line)) }
  }
}
