import Metrics
import Pages
import Records

/// What the models score without a part of their input.
struct LedgerSection: Sendable {
  struct Row: Sendable {
    let inputName: String
    let ledgerF1: String
    let ledgerInterval: String
    /// Percent, the length of a bar.
    let bar: String
  }

  let rows: [Row]
  /// nil where it is of the videos that the page is of.
  let ledgerNote: String?

  /// - Parameter videos: of how many the page is.
  init(_ ledger: ModalityLedger, videos: Int) {
    ledgerNote =
      ledger.videos == videos
      ? nil : "Of \(ledger.videos) videos, as the run was then: framewise report --ledger makes it anew."
    rows = ledger.rows.prefix(ModalityLedger.Input.allCases.count).map { row in
      let name =
        switch row.input {
        case .full: "text and frames"
        case .text: "text alone"
        case .video: "frames alone"
        case .shuffledText: "the text of another video"
        case .shuffledFrames: "the frames of another video"
        }
      return Row(
        inputName: name, ledgerF1: Headline.text(row.meanF1.value),
        ledgerInterval: "\(Headline.text(row.meanF1.low)) to \(Headline.text(row.meanF1.high))",
        bar: Quantity.decimal(row.meanF1.value * 100, digits: 1))
    }
  }
}
