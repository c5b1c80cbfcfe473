package import Dataset
package import Inference
import Storage
import Torch

/// All that `framewise serve` was asked for, as it hands it to the program that answers.
package struct ServeSettings: Codable, Sendable, Equatable {
  /// A run folder or a model folder.
  package var run: String
  /// What clients call the model.
  package var modelName: String
  /// What answers, with its version.
  package var program: String
  package var address: Address
  /// A file with what categories are called; nil where they have their numbers alone.
  package var categoryNames: String?
  /// How videos are turned into frames: as those were that the models were trained on.
  package var extraction: DatasetDescription.Extraction
  package var limits = Limits()
  package var packing = Packing()
  package var computing: ComputeSettings
  /// Videos that are read at a time, each by a process of its own.
  package var jobs: Int
  /// Where uploads are kept while they are needed, in files without a name.
  package var spool: String

  package init(
    run: String, modelName: String, program: String, address: Address,
    extraction: DatasetDescription.Extraction, computing: ComputeSettings, jobs: Int, spool: String
  ) {
    self.run = run
    self.modelName = modelName
    self.program = program
    self.address = address
    self.extraction = extraction
    self.computing = computing
    self.jobs = jobs
    self.spool = spool
  }

  package struct Address: Codable, Sendable, Equatable {
    package var host: String
    /// 0 takes one that is free.
    package var port: Int
    /// A file with what clients have to show; nil asks for nothing.
    package var tokenFile: String?
    /// Names under which clients know the server, besides this machine's addresses.
    package var names: [String]

    package init(host: String, port: Int, tokenFile: String? = nil, names: [String] = []) {
      self.host = host
      self.port = port
      self.tokenFile = tokenFile
      self.names = names
    }

    /// Whether nobody outside this machine can get there.
    package var isLoopback: Bool {
      let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
      return host == "localhost" || host == "::1"
        || numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil)
    }
  }

  /// What one request, and all together, may take.
  package struct Limits: Codable, Sendable, Equatable {
    /// Bytes of the body of a request.
    package var uploadBytes = 256 << 20
    /// Bytes of all uploads that are kept at a time.
    package var spoolBytes = 4 << 30
    /// Videos in one request.
    package var videos = 32
    /// Videos under way at a time, those of all requests together.
    package var queue = 64
    /// From the first byte of a request to its answer.
    package var requestSeconds = 60.0
    /// In which something of an answer has to be taken by who asked for it.
    package var answerSeconds = 20.0
    /// For reading one video.
    package var readingSeconds = 30.0
    /// Longest video.
    package var videoSeconds = 3600.0
    /// Bytes of data that a process may have that reads a video.
    package var readingBytes = 2 << 30

    package init() {}

    /// In which something has to come over a connection, and, of the body of a request, not too little.
    package var silenceSeconds: Double { requestSeconds / 3 }
    /// That may be open at a time: one for each video that may be under way, and some for those that look after the server.
    package var connections: Int { Self.connections(queue) }

    fileprivate static func connections(_ queue: Int) -> Int { queue + 64 }
  }

  /// Files, sockets and the like that may be open at a time: connections, uploads, what each reader has of its process and
  /// its video, what each thread waits with, and what libraries open.
  package var descriptors: Int { Self.descriptors(queue: limits.queue, jobs: jobs) }

  package static func descriptors(queue: Int, jobs: Int) -> Int {
    Limits.connections(queue) + queue + 4 * (jobs + Processors.available) + 64
  }

  /// When videos are computed together.
  package struct Packing: Codable, Sendable, Equatable {
    /// How long a video waits for others at most, while there are some on their way.
    package var waitMilliseconds = 250.0
    /// Of all videos together; one that has more is computed alone. nil leaves it to the device.
    package var tokens: Int?
    package var frames: Int?

    package init() {}
  }
}
