/// What a file says, fit for one line of a message: in quotation marks, control characters escaped, long text cut.
package func quoted(_ text: String) -> String {
  let start = text.unicodeScalars.prefix(80)
  let escaped = String(String.UnicodeScalarView(start)).debugDescription
  return start.endIndex == text.unicodeScalars.endIndex ? escaped : "\(escaped)…"
}

/// A message that may repeat what a file says, as one line: control characters and line ends escaped.
package func onOneLine(_ message: String) -> String {
  guard message.unicodeScalars.contains(where: \.isControl) else { return message }
  return message.unicodeScalars.reduce(into: "") {
    $0 += $1.isControl ? $1.escaped(asASCII: true) : String($1)
  }
}
