package import Models
package import NN
package import Torch

/// A batch with all that is computed of its lengths, made ahead of the step: what is left is to send it to the device.
package struct PackedBatch<Plan: Sendable>: Sendable {
  package let batch: Batch
  /// What a task has to say of it.
  package let plan: Plan
  private let upload: Upload
  private let view: View
  /// nil where no video is shown to a teacher.
  private let weak: View?

  private struct View: Sendable {
    let tokens: Upload.Place<Int64>
    let layout: VideoTextLayout.Plan

    init(_ batch: Batch, in upload: inout Upload) {
      tokens = upload.add(batch.tokens.lazy.map(Int64.init))
      layout = VideoTextLayout.Plan(
        tokenCounts: batch.videos.map(\.tokenCount), frameCounts: batch.videos.map(\.frameCount),
        hasText: batch.videos.map(\.hasText), in: &upload)
    }
  }

  /// - Parameter plan: adds what a task needs to what is sent with the batch.
  package init(_ batch: Batch, plan: (inout Upload) -> Plan) {
    var upload = Upload()
    self.batch = batch
    view = View(batch, in: &upload)
    weak = batch.weak.batch.map { View($0, in: &upload) }
    self.plan = plan(&upload)
    self.upload = upload
  }

  package func send(to destination: InputDestination) -> ModelInput {
    let sent = upload.send(to: destination.device, computing: destination.type)
    func input(_ view: View, _ pictures: Batch.Pictures) -> ModelInput.View {
      .init(
        tokens: sent[view.tokens], pictures: destination.pictures(pictures),
        layout: VideoTextLayout(view.layout, sent))
    }
    var weakInput: ModelInput.View?
    if let weak, let views = batch.weak.batch { weakInput = input(weak, views.pictures) }
    return ModelInput(sent: sent, view: input(view, batch.pictures), weak: weakInput)
  }
}

/// A batch on its device.
package struct ModelInput {
  package let sent: Upload.Sent
  private let view: View
  /// What a teacher sees of the videos whose target is `unlabelled`; nil where there are none.
  package let weak: View?

  fileprivate init(sent: Upload.Sent, view: View, weak: View?) {
    self.sent = sent
    self.view = view
    self.weak = weak
  }

  package struct View {
    /// Of all texts, `[tokens]` int64.
    package let tokens: Tensor
    package let pictures: Pictures
    package let layout: VideoTextLayout
  }

  package var tokens: Tensor { view.tokens }
  package var pictures: Pictures { view.pictures }
  package var layout: VideoTextLayout { view.layout }
}

/// Where batches are computed, and what their pixels have to become there.
package struct InputDestination {
  package let device: Device
  /// In which layers compute.
  package let type: DataType
  private let vectorSize: Int
  private let shift: Tensor
  private let scale: Tensor

  /// - Parameter vectorSize: of a frame, where a batch has none.
  package init(_ frames: FramePreparation, vectorSize: Int, type: DataType, on device: Device) {
    self.device = device
    self.type = type
    self.vectorSize = vectorSize
    shift = Tensor(frames.mean.map { Float($0 * 255) }).to(device)
    scale = Tensor(frames.deviation.map { Float(1 / ($0 * 255)) }).to(device)
  }

  package func pictures(_ pictures: Batch.Pictures) -> Pictures {
    switch pictures {
    case .none: .vectors(.zeros([0, vectorSize], type: type, on: device))
    case .vectors(let numbers, let width):
      .vectors(Tensor.uploading(numbers, shape: [numbers.count / width, width], to: device).to(type))
    case .frames(let bytes, let size):
      .frames(
        normalised(
          .uploading(bytes, shape: [bytes.count / (size * size * 3), size, size, 3], to: device)))
    }
  }

  /// Bytes 0…255 `[frames, size, size, 3]` → normalised `[frames, 3, size, size]`.
  private func normalised(_ frames: Tensor) -> Tensor {
    ((frames.to(.float32) - shift) * scale).to(type).permuted([0, 3, 1, 2])
  }
}
