package import NN
package import Torch

/// Where the tokens and frames of a batch lie: computed once, ahead of the step, and read by every pass of it.
package struct VideoTextLayout {
  package let text: PackedSequences
  package let frames: PackedSequences
  /// Of each video its tokens, then its frames, in one sequence.
  package let videos: PackedSequences
  /// The same stream as two sequences for each video: its tokens, and its frames.
  package let parts: PackedSequences
  /// Where in the stream of all tokens and then all frames each element of `videos` is, `[tokens + frames]` int64.
  package let order: Tensor
  /// Where in `videos` each token is, `[tokens]` int64.
  package let textRows: Tensor
  /// Where in `videos` each frame is, `[frames]` int64.
  package let frameRows: Tensor
  /// 1 of each frame in `videos`, 0 of each token, `[tokens + frames]` float32.
  package let frameMarks: Tensor
  /// 1 of each element of `videos` that has something to look at on the other side, else 0, `[tokens + frames, 1]` float32: a
  /// token where its video has frames, a frame where its video has text.
  package let counterparts: Tensor
  /// Each element sees its own video.
  package let together: StreamLayout
  /// Each token sees the text of its own video.
  package let textAlone: StreamLayout
  /// Each frame sees the frames of its own video.
  package let framesAlone: StreamLayout

  package init(_ plan: Plan, _ sent: Upload.Sent) {
    text = PackedSequences(plan.text, sent)
    frames = PackedSequences(plan.frames, sent)
    videos = PackedSequences(plan.videos, sent)
    parts = PackedSequences(plan.parts, sent)
    order = sent[plan.order]
    textRows = sent[plan.textRows]
    frameRows = sent[plan.frameRows]
    frameMarks = sent[plan.frameMarks]
    counterparts = sent[plan.counterparts].reshaped([-1, 1])
    together = StreamLayout(
      attention: PackedAttention(plan.attention, sent), positions: videos.positions, frames: frameMarks)
    textAlone = StreamLayout(
      attention: PackedAttention(plan.textAttention, sent), positions: text.positions)
    framesAlone = StreamLayout(
      attention: PackedAttention(plan.frameAttention, sent), positions: frames.positions)
  }

  /// Makes and uploads what a batch has planned ahead: for computations outside of a step.
  package init(
    tokenCounts: [Int], frameCounts: [Int], hasText: [Bool]? = nil, type: DataType = .float32,
    on device: Device = .cpu
  ) {
    var upload = Upload()
    let plan = Plan(tokenCounts: tokenCounts, frameCounts: frameCounts, hasText: hasText, in: &upload)
    self.init(plan, upload.send(to: device, computing: type))
  }

  package struct Plan: Sendable {
    fileprivate let text: PackedSequences.Plan
    fileprivate let frames: PackedSequences.Plan
    fileprivate let videos: PackedSequences.Plan
    fileprivate let parts: PackedSequences.Plan
    fileprivate let order: Upload.Place<Int64>
    fileprivate let textRows: Upload.Place<Int64>
    fileprivate let frameRows: Upload.Place<Int64>
    fileprivate let frameMarks: Upload.Place<Float>
    fileprivate let counterparts: Upload.Place<Float>
    fileprivate let attention: PackedAttention.Plan
    fileprivate let textAttention: PackedAttention.Plan
    fileprivate let frameAttention: PackedAttention.Plan

    /// - Parameter tokenCounts: of each video.
    /// - Parameter frameCounts: of each video.
    /// - Parameter hasText: of each video whether its tokens say anything, which special ones alone do not; nil where all do.
    package init(
      tokenCounts: [Int], frameCounts: [Int], hasText: [Bool]? = nil, in upload: inout Upload
    ) {
      let lengths = zip(tokenCounts, frameCounts).map { $0 + $1 }
      text = PackedSequences.Plan(lengths: tokenCounts, in: &upload)
      frames = PackedSequences.Plan(lengths: frameCounts, in: &upload)
      videos = PackedSequences.Plan(lengths: lengths, in: &upload)
      parts = PackedSequences.Plan(lengths: zip(tokenCounts, frameCounts).flatMap { [$0, $1] }, in: &upload)
      let tokens = tokenCounts.reduce(0, +)
      let ranges = zip(PackedSequences.Plan.ranges(tokenCounts), PackedSequences.Plan.ranges(frameCounts))
      order = upload.add(
        ranges.flatMap { texts, frames in texts.map(Int64.init) + frames.map { Int64(tokens + $0) } })
      let rows = PackedSequences.Plan.ranges(lengths)
      textRows = upload.add(
        zip(rows, tokenCounts).lazy.flatMap { video, tokens in
          (video.lowerBound..<video.lowerBound + tokens).lazy.map(Int64.init)
        })
      frameRows = upload.add(
        zip(rows, frameCounts).lazy.flatMap { video, frames in
          (video.upperBound - frames..<video.upperBound).lazy.map(Int64.init)
        })
      let counts = zip(tokenCounts, frameCounts)
      frameMarks = upload.add(
        counts.lazy.flatMap { tokens, frames in
          Array(repeating: 0 as Float, count: tokens) + Array(repeating: 1, count: frames)
        })
      counterparts = upload.add(
        zip(counts, hasText ?? tokenCounts.map { $0 > 0 }).lazy.flatMap { counts, hasText -> [Float] in
          let (tokens, frames) = counts
          return Array(repeating: frames > 0 ? 1 : 0, count: tokens)
            + Array(repeating: hasText ? 1 : 0, count: frames)
        })
      attention = PackedAttention.Plan(lengths: lengths, in: &upload)
      textAttention = PackedAttention.Plan(lengths: tokenCounts, in: &upload)
      frameAttention = PackedAttention.Plan(lengths: frameCounts, in: &upload)
    }
  }
}
