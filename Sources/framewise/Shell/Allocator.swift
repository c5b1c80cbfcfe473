import CJemalloc

/// What gives this process its memory.
///
/// jemalloc stands in for the C library's functions, for libtorch too: between the steps of a training it keeps what the
/// next one needs, and a thread that frees another's tensor waits for nobody. The processes that decode videos do without:
/// they count the C library's refusals.
enum Allocator {
  /// As jemalloc says it, `5.3.0-0-g…`, up to the first dash.
  static var version: String {
    fw_jemalloc_version().map { String(String(cString: $0).prefix { $0 != "-" }) } ?? "unknown"
  }
}
