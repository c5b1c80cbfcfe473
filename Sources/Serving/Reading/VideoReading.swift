import Dataset
import Extraction
import Inference
import Media
import Pages
import Storage

/// One question on its way from a file to what the models are asked.
struct VideoReading: Sendable {
  /// What a video is called on the way, whatever whoever asks calls it.
  private static let id = "video"
  /// Pixels of the long side of the pictures that are shown.
  private static let shownSide = 192

  private let question: VideoQuestion
  private let wishes: VideoQuestion.Wishes
  private let preparer: VideoPreparer
  private let settings: ServeSettings

  init(
    _ question: VideoQuestion, _ wishes: VideoQuestion.Wishes, _ preparer: VideoPreparer,
    _ settings: ServeSettings
  ) {
    (self.question, self.wishes, self.preparer, self.settings) = (question, wishes, preparer, settings)
  }

  /// What the process is asked that reads the file.
  var request: VideoRequest {
    let extraction = settings.extraction
    var options = VideoReader.Options()
    options.framesPerSecond = extraction.framesPerSecond
    options.maximumFrames = extraction.maximumFrames
    options.shortSide = extraction.shortSide
    options.mode = extraction.mode == .keyframes ? .keyframes : .exact
    options.timeLimit = .seconds(settings.limits.readingSeconds)
    options.longest = settings.limits.videoSeconds
    return VideoRequest(id: Self.id, file: Self.id, options: options, quality: extraction.quality)
  }

  /// What is known before the models are asked. The files of the frames are not kept until then, since as many videos wait as
  /// the queue has places.
  struct Outcome: Sendable {
    let file: VideoAnswer.File
    /// The last of them is the video as it is.
    let prepared: [PreparedVideo]
    fileprivate let question: VideoQuestion
    fileprivate let wishes: VideoQuestion.Wishes
    fileprivate let partial: PartialVideo?
    fileprivate let frames: [VideoAnswer.Frame]?
    fileprivate let read: Duration
    fileprivate let prepare: Duration
  }

  func outcome(withoutFramesFrom upload: SpooledVideo?) -> Outcome {
    outcome([], nil, file: .init(status: upload == nil ? .none : .ignored), read: .zero)
  }

  /// - Parameter read: how long that took.
  /// - Throws: `Refusal` where the video is longer than allowed.
  func outcome(_ video: ExtractedVideo, read: Duration) throws(Refusal) -> Outcome {
    // What its container says was asked before it was read; what it turned out to be may be more.
    let isLonger = (video.sample?.duration).map { $0 > settings.limits.videoSeconds } ?? false
    if isLonger || video.quarantine?.reason == .tooLong {
      throw Refusal(
        .tooLarge,
        "\(quoted(question.id)): the video has more than \(Quantity.seconds(settings.limits.videoSeconds))")
    }
    let file = VideoAnswer.File(
      status: video.quarantine.map { .quarantined($0.reason) } ?? .complete,
      detail: video.quarantine?.detail, frames: video.jpegs.count, duration: video.sample?.duration)
    return outcome(video.jpegs, video.sample?.timestamps, file: file, read: read)
  }

  private func outcome(
    _ jpegs: [[UInt8]], _ times: [Double]?, file: VideoAnswer.File, read: Duration
  ) -> Outcome {
    let start = ContinuousClock.now
    let source = UploadedFrames(Self.id, jpegs)
    let annotation = Annotation(
      id: Self.id, title: question.title, speech: question.speech,
      onScreenText: question.onScreenText.map { OnScreenText(time: 0, text: $0) })
    let partial =
      wishes.explanation
      ? PartialVideo(annotation, source: source, modality: preparer.modality) : nil
    let prepared = partial.map(preparer.prepared) ?? [preparer.prepared(annotation, source: source)]
    let frames = wishes.frames ? shown(jpegs, times) : nil
    return Outcome(
      file: file, prepared: prepared, question: question, wishes: wishes, partial: partial?.withoutPictures,
      frames: frames, read: read, prepare: ContinuousClock.now - start)
  }

  /// Those that the models see, without what cannot be decoded.
  private func shown(_ jpegs: [[UInt8]], _ times: [Double]?) -> [VideoAnswer.Frame] {
    FrameSampling.spread(count: jpegs.count, room: preparer.maximumFrames).compactMap { number in
      guard let thumbnail = try? Thumbnail(jpegs[number], longSide: Self.shownSide, quality: 80) else {
        return nil
      }
      return VideoAnswer.Frame(
        time: times?[number], width: thumbnail.width, height: thumbnail.height, picture: thumbnail.address)
    }
  }
}

extension VideoReading.Outcome {
  /// - Parameter predicted: of what was prepared, in its order.
  func answer(_ predicted: [ModelExecutor.Predicted], _ names: CategoryNames) -> VideoAnswer {
    let whole = predicted[predicted.count - 1]
    var explanation = partial?.explanation(of: predicted.map(\.prediction))
    explanation?.id = question.id
    return VideoAnswer(
      question.id, whole.prediction, names, top: wishes.top, file: file, explanation: explanation,
      frames: frames,
      timings: .init(
        read: read.inSeconds, prepare: prepare.inSeconds,
        wait: (predicted.map(\.waited).max() ?? .zero).inSeconds,
        compute: (predicted.map(\.computed).max() ?? .zero).inSeconds))
  }
}

extension Duration {
  /// To the tenth of a millisecond.
  fileprivate var inSeconds: Double { (self / .seconds(1) * 1e4).rounded() / 1e4 }
}
