extension Unicode.Scalar {
  /// Whether it may steer what shows it instead of being shown: line ends, terminal controls (C0 and C1), marks that
  /// turn the direction of writing, characters of no width. They come in what strangers wrote.
  package var isControl: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
    default: false
    }
  }
}
