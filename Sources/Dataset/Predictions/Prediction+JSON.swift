import Storage
package import SystemPackage

extension Prediction {
  /// Goes through the lines of a file of predictions; nothing of it stays in memory. With some hundred probabilities a line
  /// this takes a fifth of the time of `JSONDecoder`.
  /// - Throws: `JSONError` naming the first line that is none, and what `body` throws.
  package static func visit(_ path: FilePath, _ body: (Prediction) throws -> Void) throws {
    try JSONElements.visit(path, as: .lines) { element in
      let prediction: Prediction
      do { prediction = try Prediction(try element.content.get()) } catch {
        throw JSONError.content(path, line: element.line, problem: Self.problem(error))
      }
      try body(prediction)
    }
  }

  package static func read(_ path: FilePath) throws -> [Prediction] {
    var predictions: [Prediction] = []
    try visit(path) { predictions.append($0) }
    return predictions
  }

  private static func problem(_ error: any Error) -> String {
    guard let error = error as? EntryProblem else {
      return JSONText.problem(in: error, bytes: [], isOneLine: true)
    }
    return error.field.map { "\($0) \(error.problem)" } ?? error.problem
  }

  /// Keys that mean nothing here are passed over.
  private init(_ entry: JSONNode) throws(EntryProblem) {
    guard case .members = entry else { throw EntryProblem(nil, entry, expected: "an object") }
    func text(_ key: CodingKeys) throws(EntryProblem) -> String {
      let name = key.stringValue
      guard let value = entry[name] else { throw EntryProblem(name, "is missing") }
      guard case .text(let text) = value else { throw EntryProblem(name, value, expected: "a string") }
      return text
    }
    func number(_ value: JSONNode?, _ name: String) throws(EntryProblem) -> Float {
      guard let value else { throw EntryProblem(name, "is missing") }
      guard case .number(let digits) = value else { throw EntryProblem(name, value, expected: "a number") }
      guard let number = Float(digits), number.isFinite else {
        throw EntryProblem(name, "is \(digits.prefix(40)), which is no number to reckon with")
      }
      return number
    }
    let name = CodingKeys.probabilities.stringValue
    guard case .members(let categories, let values)? = entry[name] else {
      guard let value = entry[name] else { throw EntryProblem(name, "is missing") }
      throw EntryProblem(name, value, expected: "an object")
    }
    var probabilities: [String: Float] = [:]
    probabilities.reserveCapacity(categories.count)
    for (category, value) in zip(categories, values) {
      probabilities[category] = try number(value, "\(name).\(category.prefix(40))")
    }
    let said = try text(.status)
    guard let status = PredictionStatus(rawValue: said) else {
      throw EntryProblem(
        CodingKeys.status.stringValue, "is \(quoted(String(said.prefix(40)))), which is none")
    }
    self.init(
      id: try text(.id), category: try text(.category),
      probability: try number(
        entry[CodingKeys.probability.stringValue], CodingKeys.probability.stringValue),
      probabilities: probabilities, status: status)
  }
}
