import NIOCore
import NIOHTTPTypes
import Synchronization

/// The connections that there are. Where there is room for no more, the one goes that has been idle longest, so that no client
/// keeps others out by what it does not use.
final class Connections: Sendable {
  private struct State: Sendable {
    /// But for those that were told to go.
    var open = 0
    /// On which nothing is under way, and since which change.
    var idle: [ObjectIdentifier: (since: Int, channel: any Channel)] = [:]
    var told: Set<ObjectIdentifier> = []
    var changes = 0

    mutating func rest(_ channel: any Channel) {
      let id = ObjectIdentifier(channel)
      if !told.contains(id) { idle[id] = (changes, channel) }
    }

    /// The one that is to go.
    mutating func next(but newest: ObjectIdentifier?) -> (any Channel)? {
      let candidates = idle.filter { $0.key != newest }
      guard let (id, oldest) = candidates.min(by: { $0.value.since < $1.value.since }) else { return nil }
      idle[id] = nil
      told.insert(id)
      open -= 1
      return oldest.channel
    }
  }

  private let most: Int
  private let state = Mutex(State())

  /// - Parameter most: of them; the last place is made free as soon as it is taken, for the next one.
  init(most: Int) { self.most = most }

  fileprivate func enter(_ channel: any Channel) {
    change(by: channel) { state in
      state.open += 1
      state.rest(channel)
    }
  }

  fileprivate func begin(_ channel: any Channel) {
    change { $0.idle[ObjectIdentifier(channel)] = nil }
  }

  fileprivate func rest(_ channel: any Channel) { change { $0.rest(channel) } }

  /// It was told to go, and cannot.
  fileprivate func stay(_ channel: any Channel) {
    change { state in
      if state.told.remove(ObjectIdentifier(channel)) != nil { state.open += 1 }
    }
  }

  fileprivate func leave(_ channel: any Channel) {
    change { state in
      state.idle[ObjectIdentifier(channel)] = nil
      if state.told.remove(ObjectIdentifier(channel)) == nil { state.open -= 1 }
    }
  }

  /// - Parameter newest: a connection that has just come, and is not the one that goes.
  private func change(by newest: (any Channel)? = nil, _ change: (inout State) -> Void) {
    let next: (any Channel)? = state.withLock { state in
      state.changes += 1
      change(&state)
      return state.open >= most ? state.next(but: newest.map { ObjectIdentifier($0) }) : nil
    }
    // By its own thread: something may have come over it in between.
    next?.pipeline.fireUserInboundEventTriggered(RoomIsNeeded())
  }
}

private struct RoomIsNeeded: Sendable {}

/// Tells when something is under way on a connection: from a request's head until the system has taken all of its answer.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let connections: Connections
  private var underWay = 0

  init(_ connections: Connections) { self.connections = connections }

  func handlerAdded(context: ChannelHandlerContext) { connections.enter(context.channel) }

  func handlerRemoved(context: ChannelHandlerContext) { connections.leave(context.channel) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head = unwrapInboundIn(data) {
      underWay += 1
      if underWay == 1 { connections.begin(context.channel) }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .end = unwrapOutboundIn(data), underWay > 0 else {
      return context.write(data, promise: promise)
    }
    let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { _ in
      self.underWay -= 1
      if self.underWay == 0, context.channel.isActive { self.connections.rest(context.channel) }
    }
    context.write(data, promise: promise)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is RoomIsNeeded else { return context.fireUserInboundEventTriggered(event) }
    if underWay == 0 { context.close(promise: nil) } else { connections.stay(context.channel) }
  }
}

@available(*, unavailable)
extension ConnectionHandler: Sendable {}
