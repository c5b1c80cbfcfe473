import Terminal
import Testing

@Suite("Text that is safe to print")
struct PrintableTextTests {
  @Test(
    "A name with a line end or an escape sequence cannot break the one line of an error",
    arguments: [
      ("a\nframewise: done", "a\\u{A}framewise: done"), ("\u{1B}[2Jx", "\\u{1B}[2Jx"),
      ("a\u{2028}b", "a\\u{2028}b"),
      ("\u{202E}gpj.exe", "\\u{202E}gpj.exe"), ("\u{7F}\u{9B}31m", "\\u{7F}\\u{9B}31m"),
      ("r\r\n", "r\\u{D}\\u{A}"),
      ("标题 été 🐼", "标题 été 🐼"),
    ])
  func controlsAreWrittenOut(text: String, printed: String) {
    #expect(text.onOneLine == printed)
  }

  @Test(
    "Chinese takes two columns, a combining accent none",
    arguments: [("abc", 3), ("视频", 4), ("e\u{301}", 1), ("ｗ", 2), ("", 0)])
  func columns(text: String, columns: Int) {
    #expect(text.columns == columns)
  }

  @Test("Padding counts columns, not characters, or tables with Chinese names lean")
  func padding() {
    #expect("视频".padded(to: 6) == "视频  ")
    #expect("7".padded(to: 3, alignRight: true) == "  7")
    #expect("long".padded(to: 2) == "long")
  }
}
