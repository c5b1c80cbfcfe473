import Hummingbird
import NIOCore

/// What goes with a request through the router: what Hummingbird needs, and the connection that it came over.
struct WebContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: Source) {
    coreContext = .init(source: source)
    channel = source.channel
  }
}
