import Pages

/// The templates of all pages of this room.
enum ReportTemplates {
  static let all = Templates([
    "report": PackageResources.report_mustache, "comparison": PackageResources.comparison_mustache,
    "chart": PackageResources.chart_mustache, "card": PackageResources.card_mustache,
    "verdict": PackageResources.verdict_mustache, "footage": PackageResources.footage_mustache,
    "explanations": PackageResources.explanations_mustache, "report-style": PackageResources.report_css,
  ])
}
