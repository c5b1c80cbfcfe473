import Foundation
import Glibc

/// HTTP by hand: what no library's client would send, can be sent, and nothing that comes is hidden.
package final class RawConnection: Sendable {
  private let descriptor: Int32

  package struct Failure: Error {
    package let what: String
  }

  package struct Answer: Sendable {
    package let status: Int
    /// By their names in lower case.
    package let headers: [String: String]
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    package var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:]
    }
  }

  package init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var limit = timeval(tv_sec: 3600, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw Failure(what: "nobody listens at \(port)") }
  }

  deinit { close(descriptor) }

  /// As a client that ends.
  package func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// As a client that has sent all, and listens.
  package func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Whether something has come that was not read yet, or the other side has closed.
  package var hasAnswer: Bool {
    var one = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&one, 1, 0) > 0
  }

  /// - Returns: whether the other side still takes something.
  @discardableResult
  package func send(_ bytes: some Collection<UInt8>) -> Bool {
    let bytes = Array(bytes)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// Whatever comes until the other side closes.
  package func readToEnd() -> [UInt8] {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return all }
      all += chunk[..<count]
    }
  }

  /// What comes next, without more than there is.
  package func readSome() -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    return count > 0 ? Array(chunk[..<count]) : []
  }

  /// Sends one request on a connection of its own.
  package static func ask(
    port: Int, _ method: String = "GET", _ path: String, headers: [String: String] = [:], body: [UInt8] = []
  ) throws -> Answer {
    let connection = try RawConnection(port: port)
    var lines = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    for (name, value) in headers { lines += "\(name): \(value)\r\n" }
    if !body.isEmpty || method == "POST" { lines += "Content-Length: \(body.count)\r\n" }
    connection.send(Array((lines + "\r\n").utf8) + body)
    return try parse(connection.readToEnd())
  }

  /// The first answer in `bytes`, whose body is all that follows.
  package static func parse(_ bytes: [UInt8]) throws -> Answer {
    let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
    guard let split = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else {
      throw Failure(what: "no answer: \(String(decoding: bytes.prefix(200), as: UTF8.self))")
    }
    let lines = String(decoding: bytes[..<split], as: UTF8.self).split(separator: "\r\n")
    guard let first = lines.first, let status = Int(first.split(separator: " ")[1]) else {
      throw Failure(what: "no status")
    }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    }
    return Answer(status: status, headers: headers, body: Array(bytes[(split + 4)...]))
  }
}

/// A form as curl sends it.
package struct RawForm: Sendable {
  package static let boundary = "------------------------d74496d66958873e"
  package static let contentType = "multipart/form-data; boundary=\(boundary)"

  private var bytes: [UInt8] = []

  package init() {}

  package mutating func add(_ name: String, _ content: some Sequence<UInt8>, file: String? = nil) {
    let file = file.map { "; filename=\"\($0)\"\r\nContent-Type: video/mp4" } ?? ""
    bytes += "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\(file)\r\n\r\n".utf8
    bytes += content
    bytes += "\r\n".utf8
  }

  package func adding(_ name: String, _ content: some Sequence<UInt8>, file: String? = nil) -> RawForm {
    var form = self
    form.add(name, content, file: file)
    return form
  }

  package var body: [UInt8] { bytes + Array("--\(Self.boundary)--\r\n".utf8) }
}
