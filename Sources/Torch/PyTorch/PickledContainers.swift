/// All that holds other values in the pickles of a file, and how much these may still do: the older format has five of them.
///
/// Values lie in each other as deep as a hostile file is long, and in themselves. What owns all of them lets go of one after the
/// other at its own end, where letting go of the outermost alone would recurse to the end of the stack, or leave a circle
/// behind. It has to outlive every use of the values.
final class PickledContainers {
  private var lists: [Pickle.List] = []
  private var dictionaries: [Pickle.Dictionary] = []
  /// Instructions that may still follow.
  private var budget: Int

  /// Instructions of a file; a tensor takes about thirty.
  private static let limit = 4_000_000

  init(limit: Int = PickledContainers.limit) { budget = limit }

  /// - Throws: `PickleError` where nothing more may follow.
  func spend(_ instructions: Int) throws(PickleError) {
    guard budget >= instructions else {
      throw PickleError("its pickle has more instructions than any model needs")
    }
    budget -= instructions
  }

  func list(_ elements: [Pickle] = []) -> Pickle.List {
    let list = Pickle.List(elements)
    lists.append(list)
    return list
  }

  func dictionary() -> Pickle.Dictionary {
    let dictionary = Pickle.Dictionary()
    dictionaries.append(dictionary)
    return dictionary
  }

  deinit {
    for list in lists { list.elements = [] }
    for dictionary in dictionaries { dictionary.entries = [] }
  }
}
