/// In which scripts a text is written: a statistic of its letters by block of Unicode, not a guess at the language.
/// Chinese is Han; Japanese is Han and Kana; English, French and Vietnamese are all Latin.
enum Script: String, CaseIterable, Comparable {
  case han = "Han"
  case kana = "Kana"
  case hangul = "Hangul"
  case latin = "Latin"
  case cyrillic = "Cyrillic"
  case greek = "Greek"
  case arabic = "Arabic"
  case hebrew = "Hebrew"
  case devanagari = "Devanagari"
  case bengali = "Bengali"
  case tamil = "Tamil"
  case thai = "Thai"
  case other = "other scripts"

  static func < (one: Script, another: Script) -> Bool { one.rawValue < another.rawValue }

  /// The script of a letter; nil of what is no letter.
  init?(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case ..<0x41: return nil
    case 0x41...0x5A, 0x61...0x7A: self = .latin
    case 0x5B...0xA9: return nil
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF, 0x20000...0x323AF: self = .han
    default:
      guard scalar.properties.isAlphabetic else { return nil }
      switch scalar.value {
      case 0xAA...0x24F, 0x1E00...0x1EFF, 0x2C60...0x2C7F, 0xA720...0xA7FF, 0xFB00...0xFB06, 0xFF21...0xFF5A:
        self = .latin
      case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
      case 0x400...0x52F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F: self = .cyrillic
      case 0x590...0x5FF, 0xFB1D...0xFB4F: self = .hebrew
      case 0x600...0x6FF, 0x750...0x77F, 0x8A0...0x8FF, 0xFB50...0xFDFF, 0xFE70...0xFEFF: self = .arabic
      case 0x900...0x97F, 0xA8E0...0xA8FF: self = .devanagari
      case 0x980...0x9FF: self = .bengali
      case 0xB80...0xBFF: self = .tamil
      case 0xE00...0xE7F: self = .thai
      case 0x1100...0x11FF, 0x3130...0x318F, 0xA960...0xA97F, 0xAC00...0xD7FF, 0xFFA0...0xFFDC: self = .hangul
      case 0x3040...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F: self = .kana
      case 0x3005...0x3007: self = .han
      default: self = .other
      }
    }
  }
}

/// The letters of one video's texts by script.
struct ScriptCount {
  private var letters = [Int](repeating: 0, count: Script.allCases.count)

  mutating func add(_ text: some StringProtocol) {
    for scalar in text.unicodeScalars {
      if let script = Script(scalar), let place = Self.places[script] { letters[place] += 1 }
    }
  }

  private static let places = Dictionary(
    uniqueKeysWithValues: Script.allCases.enumerated().map { ($1, $0) })

  /// The scripts of a tenth of the letters or more, in the order of the alphabet: `Han`, `Han + Latin`; `no letters`.
  var name: String {
    let total = letters.reduce(0, +)
    guard total > 0 else { return "no letters" }
    let present = Script.allCases.enumerated().filter { letters[$0.offset] * 10 >= total }.map(\.element)
    return present.isEmpty ? Script.other.rawValue : present.sorted().map(\.rawValue).joined(separator: " + ")
  }
}
