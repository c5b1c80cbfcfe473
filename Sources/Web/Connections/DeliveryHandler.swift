import NIOCore
import NIOHTTPTypes

/// Sees to it that an answer gets to whoever asked, and waits for nobody who does not take it.
///
/// What closes a connection (Hummingbird, when it is idle or the server ends) does so without regard to what is still to be
/// sent. Here that is sent first. And as long as something is to be sent, the other side has to take a piece of it now and
/// then, and all of it in a time that grows with what there is: whoever reads nothing, or next to nothing, would keep the
/// connection and what is on its way for good.
final class DeliveryHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Bytes of a body that are handed over at a time: what is taken of them is known when all of them are.
  static let pieceBytes = 64 << 10
  /// That have to be taken in a second, all in all; a piece in time alone would be some hundred a second.
  static let bytesPerSecond = 256 << 10

  private let patience: TimeAmount
  /// Handed over, and not taken by the system in full.
  private var pending = 0
  private var lastProgress = NIODeadline.uptimeNanoseconds(0)
  /// Until when all of it has to be taken.
  private var end = NIODeadline.uptimeNanoseconds(0)
  private var watch: Scheduled<Void>?
  private var ending: Scheduled<Void>?
  /// Whether the other side sends nothing more: to close this one's half is then to close all.
  private var isInputClosed = false
  /// Of who wants the connection closed when all is sent.
  private var closing: EventLoopPromise<Void>?

  /// - Parameter patience: in which a piece has to be taken, and, when the server ends, all of them. So much, and what
  ///   their bytes need by `bytesPerSecond`, is there for all of them otherwise.
  init(patience: TimeAmount) { self.patience = patience }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .body(var rest) = unwrapOutboundIn(data) else {
      return handOver(data, context, promise)
    }
    while rest.readableBytes > Self.pieceBytes, let piece = rest.readSlice(length: Self.pieceBytes) {
      handOver(wrapOutboundOut(.body(piece)), context, nil)
    }
    handOver(wrapOutboundOut(.body(rest)), context, promise)
  }

  private func handOver(_ data: NIOAny, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?)
  {
    let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
    if pending == 0 {
      lastProgress = context.eventLoop.now
      end = lastProgress + patience
    }
    if case .body(let piece) = unwrapOutboundIn(data) {
      end = end + .nanoseconds(Int64(piece.readableBytes) * 1_000_000_000 / Int64(Self.bytesPerSecond))
    }
    pending += 1
    promise.futureResult.assumeIsolated().whenComplete { _ in self.isTaken(context) }
    if watch == nil { lookAgain(context) }
    context.write(data, promise: promise)
  }

  private func isTaken(_ context: ChannelHandlerContext) {
    pending -= 1
    lastProgress = context.eventLoop.now
    if pending == 0, let closing = closing.take() { context.close(mode: .all, promise: closing) }
  }

  /// When it is left that takes nothing more.
  private var deadline: NIODeadline { min(lastProgress + patience, end) }

  private func lookAgain(_ context: ChannelHandlerContext) {
    watch = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
      self.watch = nil
      guard self.pending > 0 else { return }
      if context.eventLoop.now < self.deadline {
        self.lookAgain(context)
      } else {
        self.giveUp(context)
      }
    }
  }

  /// Closes the connection with all that is on its way.
  private func giveUp(_ context: ChannelHandlerContext) {
    context.close(mode: .all, promise: closing.take())
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    guard pending > 0, mode == .all || mode == .output && isInputClosed else {
      return context.close(mode: mode, promise: promise)
    }
    let closing = closing ?? context.eventLoop.makePromise(of: Void.self)
    self.closing = closing
    closing.futureResult.cascade(to: promise)
    context.flush()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // Of a connection that is about to be closed nothing more is answered.
    if closing == nil { context.fireChannelRead(data) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent, ending == nil {
      ending = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { self.giveUp(context) }
    }
    if case ChannelEvent.inputClosed? = event as? ChannelEvent { isInputClosed = true }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    forget()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { forget() }

  private func forget() {
    watch?.cancel()
    ending?.cancel()
    (watch, ending) = (nil, nil)
  }
}

@available(*, unavailable)
extension DeliveryHandler: Sendable {}
