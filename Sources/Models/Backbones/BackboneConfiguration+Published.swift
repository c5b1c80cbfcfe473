extension BackboneConfiguration {
  /// With BatchNorm's statistics as they are, where there are any: right for published weights, which batches of a few
  /// videos would only spoil.
  package var withFrozenStatistics: BackboneConfiguration {
    switch self {
    case .vit, .convNeXt, .swin: return self
    case .resNet(var configuration):
      configuration.frozenStatistics = true
      return .resNet(configuration)
    case .efficientNet(var configuration):
      configuration.frozenStatistics = true
      return .efficientNet(configuration)
    case .resNeSt(var configuration):
      configuration.frozenStatistics = true
      return .resNeSt(configuration)
    case .pair(var pair):
      pair.first = pair.first.withFrozenStatistics
      pair.second = pair.second.withFrozenStatistics
      return .pair(pair)
    }
  }
}
