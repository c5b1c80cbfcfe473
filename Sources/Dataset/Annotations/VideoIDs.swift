/// A list of ids, each once, in little memory: ten million of 20 bytes take 350 MB, less than a third of what an array and
/// a dictionary of strings take. Which are the same is decided as for strings (canonical equivalence).
package struct VideoIDs: Sendable {
  /// All ids, one after the other.
  private var bytes: [UInt8] = []
  /// Where each ends in `bytes`.
  private var ends: [Int] = []
  /// A hash table: 0 where there is none, otherwise the place of an id and 1. Never more than two thirds full.
  private var slots: [UInt32] = []
  /// More do not fit into the table's numbers.
  package static let most = Int(UInt32.max) - 1

  package init() {}

  /// Of ids that occur several times the first counts.
  package init(_ ids: some Sequence<String>) { for id in ids { append(id) } }

  /// - Returns: the place of the id where it is there already, and nothing was added; nil otherwise.
  @discardableResult
  package mutating func append(_ id: String) -> Int? {
    if (ends.count + 1) * 3 > slots.count * 2 { grow() }
    let slot = slot(of: id)
    if slots[slot] != 0 { return Int(slots[slot]) - 1 }
    precondition(ends.count < Self.most, "more ids than can be numbered")
    bytes += id.utf8
    ends.append(bytes.count)
    slots[slot] = UInt32(ends.count)
    return nil
  }

  /// The place of an id; nil where it is none of these.
  package func place(of id: String) -> Int? {
    guard !slots.isEmpty else { return nil }
    let number = slots[slot(of: id)]
    return number == 0 ? nil : Int(number) - 1
  }

  package func contains(_ id: String) -> Bool { place(of: id) != nil }

  private func range(_ place: Int) -> Range<Int> { (place == 0 ? 0 : ends[place - 1])..<ends[place] }

  /// Where an id is in the table, or would be.
  private func slot(of id: String) -> Int {
    let mask = slots.count - 1
    var slot = id.hashValue & mask
    while slots[slot] != 0, !holds(Int(slots[slot]) - 1, id) { slot = (slot + 1) & mask }
    return slot
  }

  private func holds(_ place: Int, _ id: String) -> Bool {
    let own = bytes[range(place)]
    if own.elementsEqual(id.utf8) { return true }
    // Of ASCII alone the same is what has the same bytes.
    return !id.utf8.allSatisfy { $0 < 0x80 } && self[place] == id
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: Swift.max(16, slots.count * 2))
    let mask = slots.count - 1
    for place in ends.indices {
      var slot = self[place].hashValue & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(place + 1)
    }
  }
}

extension VideoIDs: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { ends.count }

  package subscript(place: Int) -> String { String(decoding: bytes[range(place)], as: UTF8.self) }
}

extension VideoIDs: ExpressibleByArrayLiteral {
  package init(arrayLiteral ids: String...) { self.init(ids) }
}
