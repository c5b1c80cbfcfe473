import Testing

@testable import Serving

@Suite("What is counted") struct ServiceMetricsTests {
  @Test("Counters and histograms in Prometheus's text format, labels escaped, buckets added up")
  func text() {
    let metrics = ServiceMetrics()
    metrics.count(.requests, ["route": "a\"\\\n", "status": "200"])
    metrics.count(.requests, ["route": "a\"\\\n", "status": "200"])
    for value in [1.0, 3, 300] { metrics.observe(.packVideos, value) }
    let text = metrics.text([.init("framewise_ready", "Whether.", 1)])
    #expect(text.contains(#"framewise_requests_total{route="a\"\\\n",status="200"} 2"# + "\n"))
    #expect(text.contains("# TYPE framewise_batch_videos histogram\n"))
    #expect(text.contains("framewise_batch_videos_bucket{le=\"1.0\"} 1\n"))
    #expect(text.contains("framewise_batch_videos_bucket{le=\"4.0\"} 2\n"))
    #expect(text.contains("framewise_batch_videos_bucket{le=\"128.0\"} 2\n"))
    #expect(text.contains("framewise_batch_videos_bucket{le=\"+Inf\"} 3\n"))
    #expect(text.contains("framewise_batch_videos_sum 304.0\nframewise_batch_videos_count 3\n"))
    #expect(text.hasSuffix("# TYPE framewise_ready gauge\nframewise_ready 1.0\n"))
  }
}

@Suite("Settings of a server") struct ServeSettingsTests {
  @Test(
    "An address is this machine's alone, or is not",
    arguments: [
      ("127.0.0.1", true), ("localhost", true), ("::1", true), ("127.8.9.1", true), ("0.0.0.0", false),
      ("::", false), ("127.0.0.1.example.org", false), ("10.0.0.1", false), ("127.evil", false),
    ])
  func loopback(host: String, isLoopback: Bool) {
    #expect(ServeSettings.Address(host: host, port: 1).isLoopback == isLoopback)
  }
}
