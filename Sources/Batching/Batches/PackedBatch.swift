package import Models
package import NN
package import Torch

/// A batch with all that is computed of its lengths, made ahead of the step: what is left is to send it to the device.
package struct PackedBatch<Plan: Sendable>: Sendable {
  package let batch: Batch
  /// What a task has to say of it.
  package let plan: Plan
  private let cargo: Upload.Cargo
  private let view: View
  /// nil where no video is shown to a teacher.
  private let weak: View?

  private struct View: Sendable {
    let tokens: Upload.Place<Int64>
    let pictures: StagedPictures
    let layout: VideoTextLayout.Plan

    init(_ batch: Batch, for device: Device, in upload: inout Upload) {
      pictures = StagedPictures(batch.pictures, for: device)
      tokens = upload.add(batch.tokens.lazy.map(Int64.init))
      layout = VideoTextLayout.Plan(
        tokenCounts: batch.videos.map(\.tokenCount), frameCounts: batch.videos.map(\.frameCount),
        hasText: batch.videos.map(\.hasText), in: &upload)
    }
  }

  /// - Parameter device: where it will be sent.
  /// - Parameter plan: adds what a task needs to what is sent with the batch.
  package init(_ batch: Batch, for device: Device = .cpu, plan: (inout Upload) -> Plan) {
    var upload = Upload()
    self.batch = batch
    view = View(batch, for: device, in: &upload)
    weak = batch.weak.batch.map { View($0, for: device, in: &upload) }
    self.plan = plan(&upload)
    cargo = upload.staged(for: device)
  }

  package func send(to destination: InputDestination) -> ModelInput {
    let sent = cargo.send(to: destination.device, computing: destination.type)
    func input(_ view: View) -> ModelInput.View {
      .init(
        tokens: sent[view.tokens], pictures: destination.pictures(view.pictures),
        layout: VideoTextLayout(view.layout, sent))
    }
    return ModelInput(sent: sent, view: input(view), weak: weak.map(input))
  }
}

/// The pictures of a batch, on their way to a device.
enum StagedPictures: Sendable {
  /// RGB bytes of frames of `size`×`size`.
  case frames(Staged<UInt8>, size: Int)
  /// Vectors of `width` numbers.
  case vectors(Staged<Float>, width: Int)
  case none

  init(_ pictures: Batch.Pictures, for device: Device) {
    self =
      switch pictures {
      case .frames(let bytes, let size): .frames(Staged(bytes, for: device), size: size)
      case .vectors(let numbers, let width): .vectors(Staged(numbers, for: device), width: width)
      case .none: .none
      }
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
    self.pictures(StagedPictures(pictures, for: device))
  }

  func pictures(_ pictures: StagedPictures) -> Pictures {
    switch pictures {
    case .none: .vectors(.zeros([0, vectorSize], type: type, on: device))
    case .vectors(let numbers, let width):
      .vectors(numbers.send(to: device, shape: [numbers.count / width, width]).to(type))
    case .frames(let bytes, let size):
      .frames(normalised(bytes.send(to: device, shape: [bytes.count / (size * size * 3), size, size, 3])))
    }
  }

  /// Bytes 0…255 `[frames, size, size, 3]` → normalised `[frames, 3, size, size]`.
  private func normalised(_ frames: Tensor) -> Tensor {
    ((frames.to(.float32) - shift) * scale).to(type).permuted([0, 3, 1, 2])
  }
}
