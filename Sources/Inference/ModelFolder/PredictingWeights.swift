import Storage

/// The weights that a model predicts with.
package enum PredictingWeights: String, Choice {
  /// As the last step left them.
  case trained
  /// Their exponential moving average.
  case ema
  /// The mean of the last epochs or cycles (stochastic weight averaging).
  case swa
  /// The mean of the epochs that scored best on the videos held out, which flatters the scores on these.
  case soup
}
