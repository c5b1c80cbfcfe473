extension Fingerprint {
  /// Takes in all of an annotation that is read or learnt from: id, category and texts.
  package mutating func add(_ annotation: Annotation) {
    for text in [annotation.id, annotation.category ?? "", annotation.title, annotation.speech] { add(text) }
    add(annotation.onScreenText.count)
    for line in annotation.onScreenText { add(line.text) }
  }
}
