import Storage

extension SeededGenerator {
  mutating func `in`(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + uniform() * (range.upperBound - range.lowerBound)
  }

  mutating func point(in range: ClosedRange<Double>) -> Point { Point(x: self.in(range), y: self.in(range)) }

  /// True with the given probability.
  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

  /// - Precondition: there is an element.
  mutating func element<Element>(of elements: [Element]) -> Element { elements[int(below: elements.count)] }

  /// `count` elements, none twice while there are others.
  mutating func elements<Element>(_ count: Int, of elements: [Element]) -> [Element] {
    var chosen: [Element] = []
    while chosen.count < count { chosen += shuffled(elements).prefix(count - chosen.count) }
    return chosen
  }
}
