import SystemPackage
import Testing

@testable import Text

/// A small model that the tests train themselves.
enum TrainedModel {
  static let titles: [String] = {
    let subjects = ["新浪财经", "今日股市", "手机评测", "the daily news", "new phones", "世界杯"]
    let verbs = ["开盘播报", "聊天实录", "review of", "回顾", "upcoming", "精彩集锦"]
    let objects = ["11月27日", "美元指数", "best cameras", "第四季", "全程直播", "for everyone"]
    return subjects.flatMap { subject in
      verbs.flatMap { verb in objects.map { "\(subject) \(verb)\($0)" } }
    }
  }()

  static let size = 338
  static let bytes: [UInt8] = {
    do { return try SentencePieceTraining(size: size).train(titles) } catch { fatalError("\(error)") }
  }()

  static func tokenizer() throws -> SentencePieceTokenizer {
    try SentencePieceTokenizer(bytes: bytes, path: "tokenizer.model")
  }
}
