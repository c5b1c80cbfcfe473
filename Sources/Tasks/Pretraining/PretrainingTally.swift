import Torch

/// How many answers were right, and their losses: of many parts, added up.
package struct PretrainingTally: Sendable, Equatable {
  package enum Question: String, CaseIterable, Sendable {
    case tokens, texts, matching, contrast
  }

  package struct Answers: Sendable, Equatable {
    package var count = 0
    package var right = 0
    /// The sum of their cross entropies.
    package var loss = 0.0
  }

  package private(set) var answers: [Question: Answers] = [:]

  package init() {}

  mutating func add(_ choice: PretrainingAnswers.Choice, to question: Question) {
    let (rows, width) = (choice.logits.size(0), choice.logits.size(1))
    let losses = choice.logits.crossEntropies(choice.targets, labelSmoothing: 0).to(.cpu)
      .values(Float.self)
    let logits = choice.logits.to(.cpu).reshaped([-1]).values(Float.self)
    let targets = choice.targets.to(.cpu).values(Int64.self).map(Int.init)
    var more = Answers(count: rows)
    for row in 0..<rows {
      let own = logits[row * width..<(row + 1) * width]
      let wanted = row * width + targets[row]
      // As likely as another answer is not right: what gives everything the same would be always right.
      if own.indices.allSatisfy({ $0 == wanted || own[$0] < own[wanted] }) { more.right += 1 }
      more.loss += Double(losses[row])
    }
    add(more, to: question)
  }

  private mutating func add(_ more: Answers, to question: Question) {
    var sum = answers[question] ?? Answers()
    sum.count += more.count
    sum.right += more.right
    sum.loss += more.loss
    answers[question] = sum
  }

  package mutating func add(_ other: PretrainingTally) {
    for (question, more) in other.answers { add(more, to: question) }
  }

  /// The name of the mean of the accuracies.
  package static let accuracy = "accuracy"

  /// Of each question that was asked its accuracy and its mean loss, by their names, and the mean of the accuracies. Numbers
  /// that are not finite are left out.
  package var scores: [String: Double] {
    var scores: [String: Double] = [:]
    for (question, answers) in answers where answers.count > 0 {
      scores["\(question.rawValue)_accuracy"] = Double(answers.right) / Double(answers.count)
      let loss = answers.loss / Double(answers.count)
      if loss.isFinite { scores["\(question.rawValue)_loss"] = loss }
    }
    let accuracies = answers.values.filter { $0.count > 0 }.map { Double($0.right) / Double($0.count) }
    if !accuracies.isEmpty {
      scores[Self.accuracy] = accuracies.sorted().reduce(0, +) / Double(accuracies.count)
    }
    return scores
  }
}
