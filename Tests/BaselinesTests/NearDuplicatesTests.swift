import Dataset
import Storage
import Testing

@testable import Baselines

@Suite("Texts that nearly say the same") struct NearDuplicatesTests {
  private func title(_ text: String) -> Annotation { Annotation(id: "v", title: text) }

  @Test("Case, white space and punctuation do not count; the title may be what was said")
  func normalised() {
    let index = NearDuplicates(of: [title("How to make  TEA!"), title("another story")], threshold: 1)
    #expect(index.like(title("how to make tea")) == [0])
    #expect(index.like(Annotation(id: "v", speech: "How to… make tea?")) == [0])
    #expect(index.like(title("how to make teas")).isEmpty)
  }

  @Test("A word more is nearly the same, another story is not, and texts without letters are like none")
  func near() {
    let known = [
      title("the ten best places to see in Paris this summer"), title(""), title("?!"), title("ab"),
    ]
    let index = NearDuplicates(of: known, threshold: 0.8)
    #expect(index.like(title("The ten best places to see in Paris this summer (4k)")) == [0])
    #expect(index.like(title("The ten best places to see in Rome this winter")).isEmpty)
    #expect(index.like(title("")).isEmpty && index.like(title("…")).isEmpty)
    #expect(index.like(title("AB")) == [3], "what is shorter than three characters is compared as it is")
  }

  @Test(
    "Looking up the rarest n-grams finds what comparing all with all finds", arguments: [0.3, 0.6, 0.8, 1])
  func complete(threshold: Double) {
    var generator = SeededGenerator(seed: 7)
    let letters = Array("abcde")
    let known = (0..<60).map { _ in
      String((0..<3 + generator.int(below: 9)).map { _ in letters[generator.int(below: letters.count)] })
    }
    let texts = known + known.map { "\($0)\(letters[generator.int(below: letters.count)])" }
    func trigrams(_ text: String) -> Set<String> {
      let scalars = Array(text)
      return Set((0..<scalars.count - 2).map { String(scalars[$0..<$0 + 3]) })
    }
    let index = NearDuplicates(of: known.map(title), threshold: threshold)
    var found = 0
    for text in texts {
      let own = trigrams(text)
      let expected = known.indices.filter { place in
        let other = trigrams(known[place])
        return Double(own.intersection(other).count) / Double(own.union(other).count) >= threshold
      }
      #expect(index.like(title(text)) == expected)
      found += expected.count
    }
    #expect(found > (threshold < 1 ? 80 : 59), "each is like itself, and like itself with a letter more")
  }
}
