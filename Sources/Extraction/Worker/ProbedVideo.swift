package import Dataset
package import Media
import Storage
package import SystemPackage

/// What the header of one video says, or why it says nothing.
package struct ProbedVideo: WorkerAnswer, Codable, Equatable {
  package var id: String
  package var probe: VideoProbe?
  package var quarantine: QuarantineRow?

  package init(_ quarantine: QuarantineRow) {
    id = quarantine.id
    self.quarantine = quarantine
  }

  init(id: String, _ probe: VideoProbe) {
    self.id = id
    self.probe = probe
  }

  /// Reads the header of the video that `descriptor` has open, and closes it.
  package init(reading descriptor: FileDescriptor, for request: VideoRequest) {
    do throws(MediaError) {
      let limit = request.options.timeLimit
      let probe = try VideoProbe(descriptor, path: FilePath(request.file), timeLimit: limit)
      self.init(id: request.id, probe)
    } catch {
      self.init(request, error)
    }
  }

  package init(_ request: VideoRequest, _ error: MediaError) { self.init(QuarantineRow(request, error)) }

  package static func failed(
    _ request: VideoRequest, _ reason: QuarantineRow.Reason, _ detail: String
  ) -> ProbedVideo {
    ProbedVideo(QuarantineRow(id: request.id, reason: reason, detail: detail, file: request.file))
  }

  package var parcel: Parcel { Parcel(header: JSONText.encode(self)) }

  package init?(_ parcel: Parcel) {
    guard parcel.body.isEmpty, let video = try? JSONText.decode(Self.self, from: parcel.header) else {
      return nil
    }
    self = video
  }

  /// Either what the header says, in numbers and names that fit into a table, or why there is nothing.
  package func answers(_ request: VideoRequest) -> Bool {
    guard VideoID.areSame(id, request.id) else { return false }
    switch (probe, quarantine) {
    case (let probe?, nil):
      return probe.container.isLibraryName && probe.codec.isLibraryName
        && [probe.width, probe.height].allSatisfy { 0...Int(Int32.max) ~= $0 }
        && probe.duration.map { 0...1e9 ~= $0 } ?? true
    case (nil, let row?):
      return VideoID.areSame(row.id, id) && row.isOneLine && row.frames == 0 && row.reason != .truncated
        && row.file.map { VideoID.areSame($0, request.file) } ?? false
    default: return false
    }
  }
}
