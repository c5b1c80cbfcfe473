/// What a file says, fit for one line of a message: in quotation marks, control characters escaped, long text cut.
package func quoted(_ text: String) -> String {
  let start = text.unicodeScalars.prefix(80)
  let escaped = String(String.UnicodeScalarView(start)).debugDescription
  return start.endIndex == text.unicodeScalars.endIndex ? escaped : "\(escaped)…"
}
