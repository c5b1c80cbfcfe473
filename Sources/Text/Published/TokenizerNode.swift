import Storage
import SystemPackage

/// A part of `tokenizer.json`, with the way to it for messages.
struct TokenizerNode {
  let path: FilePath
  private let place: String
  private let node: JSONNode

  /// - Throws: `TokenizerError` where the bytes are no JSON.
  init(_ bytes: [UInt8], _ path: FilePath) throws(TokenizerError) {
    self.path = path
    place = ""
    do { node = try bytes.withUnsafeBytes { try JSONNode($0) } } catch {
      throw .malformed(path, JSONText.problem(in: error, bytes: bytes))
    }
  }

  private init(_ node: JSONNode, _ place: String, _ path: FilePath) {
    (self.node, self.place, self.path) = (node, place, path)
  }

  func problem(_ reason: String) -> TokenizerError {
    .malformed(path, place.isEmpty ? reason : "\(place) \(reason)")
  }

  /// A member; nil where it is not there or null.
  func member(_ name: String) throws(TokenizerError) -> TokenizerNode? {
    guard case .members = node else { throw problem("is \(node.kind), no object") }
    guard let member = node[name], member != .null else { return nil }
    return TokenizerNode(member, place.isEmpty ? name : "\(place).\(name)", path)
  }

  func required(_ name: String) throws(TokenizerError) -> TokenizerNode {
    guard let member = try member(name) else { throw problem("has no \(name)") }
    return member
  }

  var text: String {
    get throws(TokenizerError) {
      guard case .text(let text) = node else { throw problem("is \(node.kind), no string") }
      return text
    }
  }

  var flag: Bool {
    get throws(TokenizerError) {
      guard case .boolean(let flag) = node else { throw problem("is \(node.kind), no boolean") }
      return flag
    }
  }

  var whole: Int {
    get throws(TokenizerError) {
      guard case .number(let digits) = node, let whole = Int(digits) else {
        throw problem("is no whole number")
      }
      return whole
    }
  }

  var real: Double {
    get throws(TokenizerError) {
      guard case .number(let digits) = node, let number = Double(digits), number.isFinite else {
        throw problem("is no number")
      }
      return number
    }
  }

  var elements: [TokenizerNode] {
    get throws(TokenizerError) {
      guard case .list(let nodes) = node else { throw problem("is \(node.kind), no array") }
      return nodes.enumerated().map { TokenizerNode($1, "\(place)[\($0)]", path) }
    }
  }

  /// A token: a number below the largest vocabulary.
  var token: Int32 {
    get throws(TokenizerError) {
      let whole = try whole
      guard 0..<PublishedTokenizer.largestVocabulary ~= whole else { throw problem("is no token: \(whole)") }
      return Int32(whole)
    }
  }

  /// Tokens by their spelling in UTF-8; every number from 0 on is there once.
  func vocabulary() throws(TokenizerError) -> [[UInt8]: Int32] {
    guard case .members(let names, let values) = node else { throw problem("is \(node.kind), no object") }
    guard names.count <= PublishedTokenizer.largestVocabulary else { throw problem("has too many tokens") }
    var tokens: [[UInt8]: Int32] = Dictionary(minimumCapacity: names.count)
    for (name, value) in zip(names, values) {
      guard case .number(let digits) = value, let token = Int32(digits), token >= 0,
        token < PublishedTokenizer.largestVocabulary
      else { throw problem("gives \(quoted(String(name.prefix(60)))) no token") }
      tokens[Array(name.utf8)] = token
    }
    return tokens
  }

  /// Members that change no token are passed over, every other one has to be what is computed here.
  func expect(_ name: String, _ wanted: JSONNode...) throws(TokenizerError) {
    guard let member = try member(name), !wanted.contains(member.node) else { return }
    throw member.problem("is not what is computed here")
  }

  /// The members are `known`; `type` is.
  func requireKnown(_ known: String...) throws(TokenizerError) {
    guard case .members(let names, _) = node else { throw problem("is \(node.kind), no object") }
    if let stranger = names.first(where: { $0 != "type" && !known.contains($0) }) {
      throw problem(
        "has \(quoted(String(stranger.prefix(60)))), which is not understood and may change tokens")
    }
  }
}
