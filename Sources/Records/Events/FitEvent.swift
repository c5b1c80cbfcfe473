/// What happens in a `fit`, as it happens; each is one line of `fit --json`, and what concerns the training of a fold
/// one line of the fold's `events.jsonl`.
package enum FitEvent: Sendable {
  case start(Start)
  /// A frozen backbone's vectors are being computed.
  case vectors(Vectors)
  /// Linear models, which the run is compared with, are being trained.
  case floor(Floor)
  /// A fold goes on from a checkpoint.
  case resume(Place)
  case step(Step)
  case skip(Skip)
  case split(Split)
  case checkpoint(Checkpoint)
  case epoch(EpochResult, EpochCost)
  case warning(Warning)
  case fold(Fold)
  case end(RunReport)

  /// In a fold's file, of that fold alone.
  package struct Start: Codable, Sendable {
    package let videos: Int
    /// Videos that are learnt from by pseudo-labels besides; nil where there are none.
    package let pseudoVideos: Int?
    /// Videos without a category that are learnt from by consistency besides; nil where there are none.
    package let unlabelledVideos: Int?
    /// nil where videos are sorted into none.
    package let categories: Int?
    package let parameters: Int
    /// Folds that this command trains; finished ones are not repeated.
    package let folds: [Int]
    /// Optimizer steps of all those folds, of which checkpoints may have some done.
    package let totalSteps: Int
    package let device: String
    package let precision: String
    package let threads: Int
    /// What began the fold, and with which command; nil where it was no program that says so.
    package let program: String?
    package let command: String?

    package init(
      videos: Int, pseudoVideos: Int? = nil, unlabelledVideos: Int? = nil, categories: Int?, parameters: Int,
      folds: [Int], totalSteps: Int, device: String, precision: String, threads: Int,
      invocation: Invocation? = nil
    ) {
      self.videos = videos
      self.pseudoVideos = pseudoVideos
      self.unlabelledVideos = unlabelledVideos
      self.categories = categories
      self.parameters = parameters
      self.folds = folds
      self.totalSteps = totalSteps
      self.device = device
      self.precision = precision
      self.threads = threads
      program = invocation?.program
      command = invocation?.command
    }

    enum CodingKeys: String, CodingKey {
      case videos
      case pseudoVideos = "pseudo_videos"
      case unlabelledVideos = "unlabelled_videos"
      case categories, parameters, folds
      case totalSteps = "total_steps"
      case device, precision, threads, program, command
    }
  }

  package struct Vectors: Codable, Sendable {
    package let videos: Int
    /// Videos whose vectors are there.
    package let done: Int
    /// Frames that this command has computed so far.
    package let frames: Int
    /// Which of the changed versions; nil for the frames as they are.
    package let view: Int?

    package init(videos: Int, done: Int, frames: Int, view: Int?) {
      self.videos = videos
      self.done = done
      self.frames = frames
      self.view = view
    }
  }

  package struct Floor: Codable, Sendable {
    package let folds: Int
    /// Folds of which it is known what they say.
    package let done: Int

    package init(folds: Int, done: Int) {
      self.folds = folds
      self.done = done
    }
  }

  package struct Place: Codable, Sendable {
    package let fold: Int
    package let epoch: Int
    /// How many steps of the fold are done.
    package let step: Int

    package init(fold: Int, epoch: Int, step: Int) {
      self.fold = fold
      self.epoch = epoch
      self.step = step
    }
  }

  package struct Checkpoint: Codable, Sendable {
    package let fold: Int
    package let epoch: Int
    package let step: Int
    /// Why it was not written, as on a full disk: then the one before stays, and the run goes on. nil where it was.
    package let problem: String?

    package init(fold: Int, epoch: Int, step: Int, problem: String?) {
      self.fold = fold
      self.epoch = epoch
      self.step = step
      self.problem = problem
    }
  }

  package struct Step: Codable, Sendable {
    package let fold: Int
    package let epoch: Int
    /// Counted from 1 within the fold.
    package let step: Int
    package let loss: Double
    /// Of all gradients together, before clipping.
    package let gradientNorm: Double
    /// How much of the batch's videos without a category was learnt from, 0…1; nil where there were none.
    package let trust: Double?
    /// Of each group of parameters, by its name.
    package let learningRates: [String: Double]
    /// Over the last steps of this epoch, reading included.
    package let videosPerSecond: Double

    package init(
      fold: Int, epoch: Int, step: Int, loss: Double, gradientNorm: Double, trust: Double? = nil,
      learningRates: [String: Double], videosPerSecond: Double
    ) {
      self.fold = fold
      self.epoch = epoch
      self.step = step
      self.loss = loss
      self.gradientNorm = gradientNorm
      self.trust = trust
      self.learningRates = learningRates
      self.videosPerSecond = videosPerSecond
    }

    enum CodingKeys: String, CodingKey {
      case fold, epoch, step, loss
      case gradientNorm = "gradient_norm"
      case trust
      case learningRates = "learning_rates"
      case videosPerSecond = "videos_per_second"
    }
  }

  /// A step without a finite loss and gradient, which changed nothing.
  package struct Skip: Codable, Sendable {
    package let fold: Int
    package let epoch: Int
    package let step: Int
    /// The first tensor that was not finite.
    package let tensor: String
    /// The videos of the step.
    package let ids: [String]

    package init(fold: Int, epoch: Int, step: Int, tensor: String, ids: [String]) {
      self.fold = fold
      self.epoch = epoch
      self.step = step
      self.tensor = tensor
      self.ids = ids
    }
  }

  /// From this step on a batch is computed in parts, whose gradients add up to those of the whole.
  package struct Split: Codable, Sendable {
    package let fold: Int
    package let epoch: Int
    package let step: Int
    package let rounds: Int
    /// Whether the gradient is that of the whole batch: not so where an adversary attacks each round by that round's own
    /// gradient, or videos are compared with those of their round.
    package let isExact: Bool
    package let reason: String

    package init(fold: Int, epoch: Int, step: Int, rounds: Int, isExact: Bool, reason: String) {
      self.fold = fold
      self.epoch = epoch
      self.step = step
      self.rounds = rounds
      self.isExact = isExact
      self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
      case fold, epoch, step, rounds
      case isExact = "exact"
      case reason
    }
  }

  package struct Warning: Codable, Sendable {
    package let message: String

    package init(message: String) {
      self.message = message
    }
  }

  package struct Fold: Codable, Sendable {
    package let fold: Int
    /// The name of the number that chooses the best epoch.
    package let chosenBy: String
    /// That number, of the weights that the fold ends with.
    package let score: Double
    /// 0 where no video is held out.
    package let bestEpoch: Int
    package let bestScore: Double

    package init(fold: Int, chosenBy: String, score: Double, bestEpoch: Int, bestScore: Double) {
      self.fold = fold
      self.chosenBy = chosenBy
      self.score = score
      self.bestEpoch = bestEpoch
      self.bestScore = bestScore
    }

    enum CodingKeys: String, CodingKey {
      case fold
      case chosenBy = "chosen_by"
      case score
      case bestEpoch = "best_epoch"
      case bestScore = "best_score"
    }
  }
}

extension FitEvent: Codable {
  private enum CodingKeys: String, CodingKey {
    case event
  }

  private enum Kind: String, Codable {
    case start, vectors, floor, resume, step, skip, split, checkpoint, epoch, warning, fold, end
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self =
      switch try container.decode(Kind.self, forKey: .event) {
      case .start: .start(try .init(from: decoder))
      case .vectors: .vectors(try .init(from: decoder))
      case .floor: .floor(try .init(from: decoder))
      case .resume: .resume(try .init(from: decoder))
      case .step: .step(try .init(from: decoder))
      case .skip: .skip(try .init(from: decoder))
      case .split: .split(try .init(from: decoder))
      case .checkpoint: .checkpoint(try .init(from: decoder))
      case .epoch:
        .epoch(try .init(from: decoder), try .init(from: decoder))
      case .warning: .warning(try .init(from: decoder))
      case .fold: .fold(try .init(from: decoder))
      case .end: .end(try .init(from: decoder))
      }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    func put(_ kind: Kind, _ value: some Encodable) throws {
      try container.encode(kind, forKey: .event)
      try value.encode(to: encoder)
    }
    switch self {
    case .start(let start): try put(.start, start)
    case .vectors(let vectors): try put(.vectors, vectors)
    case .floor(let floor): try put(.floor, floor)
    case .resume(let place): try put(.resume, place)
    case .step(let step): try put(.step, step)
    case .skip(let skip): try put(.skip, skip)
    case .split(let split): try put(.split, split)
    case .checkpoint(let checkpoint): try put(.checkpoint, checkpoint)
    case .epoch(let epoch, let cost):
      try put(.epoch, epoch)
      try cost.encode(to: encoder)
    case .warning(let warning): try put(.warning, warning)
    case .fold(let fold): try put(.fold, fold)
    case .end(let report): try put(.end, report)
    }
  }
}
