/// The rule of the field for the names of categories.
package enum CategoryID {
  /// Four digits for level 2, of which the first two are level 1.
  package static func isWellFormed(_ id: String) -> Bool {
    id.utf8.count == 4 && id.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// `"0203"` → `"02"`; of any text the first two characters.
  package static func level1(of id: String) -> String { String(id.prefix(2)) }
}
