/// For models that look at text alone: nothing is stored of any video.
package struct NoPictures: VideoSource {
  package let vectorSize: Int? = nil
  package let ids: [String] = []

  package init() {}

  package func content(of id: String) -> VideoContent { .missing(reason: "no frames were given") }

  package func fingerprint(of ids: some Sequence<String>) -> String { Fingerprint().text }
}
