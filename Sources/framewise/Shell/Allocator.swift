import CJemalloc

/// What gives this process its memory.
///
/// jemalloc stands in for the C library's functions, for libtorch too: between the steps of a training it keeps what the
/// next one needs, and a thread that frees another's tensor waits for nobody. That the program asks jemalloc for its
/// version is what makes the linker take it in. The processes that decode videos do without: they count the C library's
/// refusals.
enum Allocator {
  /// As jemalloc says it, `5.3.0-0-g…`, up to the first dash.
  static var version: String {
    var text: UnsafePointer<CChar>?
    var length = MemoryLayout.size(ofValue: text)
    guard mallctl("version", &text, &length, nil, 0) == 0, let text else { return "unknown" }
    return String(String(cString: text).prefix { $0 != "-" })
  }
}
