import Storage
import Synchronization

/// What is counted of a server, in Prometheus's text format.
package final class ServiceMetrics: Sendable {
  /// What only grows, or is measured again and again.
  package enum Measure: String, CaseIterable, Sendable {
    case requests = "framewise_requests_total"
    case requestSeconds = "framewise_request_seconds"
    case videos = "framewise_videos_total"
    case predictions = "framewise_predictions_total"
    case readSeconds = "framewise_read_seconds"
    case waitSeconds = "framewise_wait_seconds"
    case computeSeconds = "framewise_compute_seconds"
    case packVideos = "framewise_batch_videos"
    case packTokens = "framewise_batch_tokens"
    case packFrames = "framewise_batch_frames"

    var help: String {
      switch self {
      case .requests: "Requests by route and status, 499 where the client went before its answer."
      case .requestSeconds: "From the first byte of a request to its answer, by route."
      case .videos:
        "Videos by what became of their file: complete, truncated, none, ignored, or why it could not be read."
      case .predictions: "Predictions by what they rest on."
      case .readSeconds: "Having an uploaded video read, the wait for a free reader included."
      case .waitSeconds: "Waiting for the models."
      case .computeSeconds: "Computing one batch."
      case .packVideos: "Videos, and variants of explained ones, computed together."
      case .packTokens: "Text tokens computed together."
      case .packFrames: "Frames computed together."
      }
    }

    /// Upper ends of a histogram's buckets; nil for a counter.
    var buckets: [Double]? {
      switch self {
      case .requests, .videos, .predictions: nil
      case .requestSeconds, .readSeconds, .waitSeconds, .computeSeconds:
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
      case .packVideos: [1, 2, 4, 8, 16, 32, 64, 128]
      case .packTokens: [64, 256, 1024, 4096, 16384]
      case .packFrames: [0, 8, 32, 128, 512, 2048]
      }
    }
  }

  /// What is so and so much at the moment.
  package struct Gauge: Sendable {
    let name: String
    let help: String
    let value: Double

    package init(_ name: String, _ help: String, _ value: Double) {
      (self.name, self.help, self.value) = (name, help, value)
    }
  }

  private struct Series: Sendable {
    var count = 0
    var sum = 0.0
    /// Of each bucket, those of the buckets below not included.
    var buckets: [Int]
  }

  private let series = Mutex<[Measure: [String: Series]]>([:])

  package init() {}

  /// - Parameter labels: of a small set of values.
  package func count(_ measure: Measure, _ labels: KeyValuePairs<String, String> = [:]) {
    observe(measure, 1, labels)
  }

  /// - Parameter labels: of a small set of values.
  package func observe(_ measure: Measure, _ value: Double, _ labels: KeyValuePairs<String, String> = [:]) {
    let buckets = measure.buckets ?? []
    let name = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
    series.withLock { series in
      var one =
        series[measure, default: [:]][name] ?? Series(buckets: Array(repeating: 0, count: buckets.count))
      one.count += 1
      one.sum += value
      if let bucket = buckets.firstIndex(where: { value <= $0 }) { one.buckets[bucket] += 1 }
      series[measure, default: [:]][name] = one
    }
  }

  /// A backslash, a quotation mark and a line end mean something in the format.
  private static func escaped(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  /// Everything so far.
  package func text(_ gauges: [Gauge]) -> String {
    let series = series.withLock { $0 }
    var text = ""
    for measure in Measure.allCases {
      let kind = measure.buckets == nil ? "counter" : "histogram"
      text += "# HELP \(measure.rawValue) \(measure.help)\n# TYPE \(measure.rawValue) \(kind)\n"
      for (labels, one) in (series[measure] ?? [:]).sorted(by: { $0.key < $1.key }) {
        text +=
          measure.buckets.map { Self.histogram(measure.rawValue, labels, one, $0) }
          ?? "\(measure.rawValue)\(labels.isEmpty ? "" : "{\(labels)}") \(one.count)\n"
      }
    }
    for gauge in gauges {
      text += "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) gauge\n\(gauge.name) \(gauge.value)\n"
    }
    return text
  }

  private static func histogram(
    _ name: String, _ labels: String, _ series: Series, _ buckets: [Double]
  ) -> String {
    let before = labels.isEmpty ? "" : "\(labels),"
    var (text, sum) = ("", 0)
    for (end, count) in zip(buckets, series.buckets) {
      sum += count
      text += "\(name)_bucket{\(before)le=\"\(end)\"} \(sum)\n"
    }
    let own = labels.isEmpty ? "" : "{\(labels)}"
    text += "\(name)_bucket{\(before)le=\"+Inf\"} \(series.count)\n"
    return text + "\(name)_sum\(own) \(series.sum)\n\(name)_count\(own) \(series.count)\n"
  }
}
