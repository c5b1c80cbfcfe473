import Foundation
import Storage
import SystemPackage
import Testing

@testable import Text

struct TokenizerFileTests {
  private static func withFolder(_ body: (FilePath) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "framewise-\(UUID())")
    try Folder.create(FilePath(url.path))
    defer { try? FileManager.default.removeItem(at: url) }
    try body(FilePath(url.path))
  }

  @Test("A SentencePiece model saved into a model folder is found there again")
  func sentencePiece() throws {
    try Self.withFolder { folder in
      try TokenizerFile.sentencePiece(TrainedModel.tokenizer()).save(into: folder)
      #expect(try Files.read(folder.appending("tokenizer.model")) == TrainedModel.bytes)
      let tokenizer = try TokenizerFile(reading: folder).tokenizer
      #expect(tokenizer.encode("新浪财经") == (try TrainedModel.tokenizer().encode("新浪财经")))
    }
  }

  @Test("A WordPiece vocabulary is saved with its settings, so a cased model stays cased")
  func wordPiece() throws {
    try Self.withFolder { folder in
      let cased = try WordPieceTokenizerTests.tokenizer(
        WordPieceTokenizerTests.specials + ["A", "a"], BasicTokenizer(lowercases: false))
      try TokenizerFile.wordPiece(cased).save(into: folder)
      #expect(try TokenizerFile(reading: folder).tokenizer.encode("A a") == [5, 6])
      #expect(try TokenizerFile(reading: folder.appending("vocab.txt")).tokenizer.encode("A a") == [5, 6])
    }
  }

  /// The tokens of "A é" by a vocabulary with both and one of the files beside it.
  private static func tokens(_ name: String, _ content: String) throws -> [Int32] {
    var tokens: [Int32] = []
    try withFolder { folder in
      let pieces = WordPieceTokenizerTests.specials + ["A", "é"]
      try AtomicFile.write(pieces.map { $0 + "\n" }.joined(), to: folder.appending("vocab.txt"))
      try AtomicFile.write(content, to: folder.appending(name))
      tokens = try TokenizerFile(reading: folder).tokenizer.encode("A é")
    }
    return tokens
  }

  @Test(
    "Settings of others are read as far as they concern the tokens",
    arguments: [
      #"{"do_lower_case": false, "strip_accents": null, "model_max_length": 512}"#,
      // As transformers 4 and 5 write them, and with what they say of tokens that have a role.
      #"""
      {"do_lower_case": false, "added_tokens_decoder": {"0": {"content": "[PAD]", "lstrip": false, "normalized": false,
       "rstrip": false, "single_word": false, "special": true}}, "clean_up_tokenization_spaces": true,
       "cls_token": "[CLS]", "do_basic_tokenize": true, "extra_special_tokens": {}, "mask_token": "[MASK]",
       "model_max_length": 1000000000000000019884624838656, "never_split": null, "pad_token": "[PAD]",
       "sep_token": "[SEP]", "strip_accents": null, "tokenize_chinese_chars": true, "tokenizer_class": "BertTokenizer",
       "unk_token": {"__type": "AddedToken", "content": "[UNK]", "lstrip": false}}
      """#,
      #"""
      {"do_lower_case": false, "backend": "tokenizers", "is_local": false, "tokenizer_class": "BertTokenizerFast",
       "init_inputs": [], "name_or_path": "a", "never_split": ["[MASK]"], "additional_special_tokens": ["[ENT]"]}
      """#,
    ])
  func foreignSettings(settings: String) throws {
    #expect(try Self.tokens("tokenizer_config.json", settings) == [5, 6])
  }

  @Test("Empty lists of further tokens, and tokens with a role as everybody spells them, change nothing")
  func foreignTokens() throws {
    for (name, content) in [
      ("added_tokens.json", "{}"), ("added_tokens.json", #"{"[MASK]": 4}"#),
      ("special_tokens_map.json", #"{"unk_token": "[UNK]", "additional_special_tokens": ["<S>"]}"#),
    ] {
      #expect(try Self.tokens(name, content).count == 2)
    }
  }

  @Test(
    "What makes other tokens of a text than WordPiece does refuses the tokenizer by its name",
    arguments: [
      ("tokenizer_class", #""BertJapaneseTokenizer""#, #"is "BertJapaneseTokenizer", only BertTokenizer"#),
      ("word_tokenizer_type", #""mecab""#, #"is "mecab", only "basic""#),
      ("subword_tokenizer_type", #""character""#, #"is "character", only "wordpiece""#),
      ("do_basic_tokenize", "false", "is false, only true"),
      ("do_subword_tokenize", "false", "is false, only true"),
      ("mecab_kwargs", "{}", "is not understood"), ("auto_map", #"{"a": 1}"#, "is not understood"),
      ("never_split", #"["[ENT]"]"#, #"never_split: "[ENT]""#),
      ("unk_token", #""<unk>""#, #"unk_token is "<unk>", only "[UNK]""#),
      ("cls_token", #"{"content": "<s>"}"#, #"cls_token is "<s>", only "[CLS]""#),
      (
        "added_tokens_decoder", #"{"7": {"content": "COVID", "special": false}}"#,
        #"added_tokens_decoder: "COVID" is a token that text is searched for"#
      ),
      ("do_lower_case", #""no""#, "do_lower_case is neither true nor false"),
    ])
  func refusedSettings(key: String, value: String, reason: String) throws {
    let error = #expect(throws: TokenizerError.self) {
      try Self.tokens("tokenizer_config.json", "{\"\(key)\": \(value)}")
    }
    #expect(error?.kind == .badData)
    #expect(error?.description.contains("tokenizer_config.json: ") == true)
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test("So do the files of further tokens")
  func refusedTokens() throws {
    for (name, content, reason) in [
      ("added_tokens.json", #"{"COVID": 7}"#, #"added_tokens.json: "COVID" is a token"#),
      ("special_tokens_map.json", #"{"sep_token": "</s>"}"#, #"sep_token is "</s>""#),
      ("special_tokens_map.json", "[]", "is no JSON object"),
    ] {
      let error = #expect(throws: TokenizerError.self) { try Self.tokens(name, content) }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
  }

  @Test("A vocabulary of another tokenizer than BERT's is read as the tokenizer.json beside it has it")
  func foreignClass() throws {
    try Self.withFolder { folder in
      let pieces = WordPieceTokenizerTests.specials + ["a"]
      try AtomicFile.write(pieces.map { $0 + "\n" }.joined(), to: folder.appending("vocab.txt"))
      try AtomicFile.write(
        #"{"tokenizer_class": "BertJapaneseTokenizer"}"#, to: folder.appending("tokenizer_config.json"))
      #expect(throws: TokenizerError.self) { try TokenizerFile(reading: folder) }
      let described = PublishedTokenizerTests.folder("word_piece").appending("tokenizer.json")
      try AtomicFile.write(Files.read(described), to: folder.appending("tokenizer.json"))
      #expect(try TokenizerFile(reading: folder).tokenizer.vocabularySize > 100)
    }
  }

  @Test(
    "The same holds beside the vocabularies of RoBERTa, XLM-R and DeBERTa",
    arguments: [
      ("vocab.json", "RobertaTokenizer", "add_prefix_space", "false", "true"),
      ("vocab.json", "RobertaTokenizerFast", "cls_token", #""<s>""#, #""[CLS]""#),
      (
        "sentencepiece.bpe.model", "XLMRobertaTokenizer", "sp_model_kwargs", "{}",
        #"{"enable_sampling": true}"#
      ),
      ("sentencepiece.bpe.model", "XLMRobertaTokenizer", "tokenizer_class", "null", #""CamembertTokenizer""#),
      ("spm.model", "DebertaV2Tokenizer", "tokenizer_class", "null", #""T5Tokenizer""#),
      ("spm.model", "DebertaV2TokenizerFast", "split_by_punct", "false", "true"),
      ("spm.model", "DebertaV2Tokenizer", "vocab_type", #""spm""#, #""gpt2""#),
      ("spm.model", "DebertaV2Tokenizer", "bos_token", #""[CLS]""#, #""<s>""#),
    ])
  func foreignKinds(file: String, kind: String, key: String, usual: String, other: String) throws {
    for (value, isRefused) in [(usual, false), (other, true)] {
      try Self.withFolder { folder in
        let name = key == "tokenizer_class" ? "" : "\"tokenizer_class\": \"\(kind)\", "
        try AtomicFile.write(
          "{\(name)\"\(key)\": \(value)}", to: folder.appending("tokenizer_config.json"))
        // Of a vocabulary that is none: settings are looked at first.
        try AtomicFile.write("[", to: folder.appending(file))
        try AtomicFile.write("", to: folder.appending("merges.txt"))
        let error = #expect(throws: TokenizerError.self) { try TokenizerFile(reading: folder) }
        let isOfSettings = error?.description.contains("tokenizer_config.json: \(key) is") == true
        #expect(isOfSettings == isRefused, "\(error?.description ?? "")")
      }
    }
  }

  @Test("What is no tokenizer is named with its path")
  func failures() throws {
    try Self.withFolder { folder in
      let empty = #expect(throws: TokenizerError.self) { try TokenizerFile(reading: folder) }
      #expect(empty?.kind == .missingInput)
      let missing = #expect(throws: TokenizerError.self) {
        try TokenizerFile(reading: folder.appending("a.model"))
      }
      #expect(missing?.kind == .missingInput)
      #expect(missing?.description.contains("a.model") == true)
      #expect(throws: TokenizerError.self) { try TokenizerFile(reading: folder.appending("weights.bin")) }
      try AtomicFile.write("a\n", to: folder.appending("vocab.txt"))
      try AtomicFile.write(#"{"do_lower_case": "no"}"#, to: folder.appending("tokenizer_config.json"))
      let settings = #expect(throws: TokenizerError.self) { try TokenizerFile(reading: folder) }
      #expect(settings?.description.contains("tokenizer_config.json") == true)
    }
  }
}
