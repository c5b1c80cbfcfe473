#!/usr/bin/env python3
"""Makes Tests/TextTests/Fixtures/published: tokenizers in the files that people publish, and what the libraries make of texts.

    python scripts/make_published_tokenizer_fixtures.py     # needs tokenizers, transformers, sentencepiece

Each folder holds the tokenizer's own files, trained on the texts of make_tokenizer_fixture.py, and `expected.json`: texts
and their tokens by Hugging Face's `tokenizers`, without any around them. Made with transformers 5.24.0, tokenizers
0.23.3 and sentencepiece 0.2.3.

Texts that spell a special token are left out: that they are text here is the one difference on purpose.
"""

import contextlib
import io
import json
import pathlib
import tempfile
import unicodedata

import sentencepiece
import tokenizers
from tokenizers import models, normalizers, pre_tokenizers, processors, trainers

from make_tokenizer_fixture import TEXTS

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "Tests/TextTests/Fixtures/published"

MORE_TEXTS = [
    "It's we'll they've I'd he'S 'tis '' ' s rock'n'roll",
    "  two  spaces   three\t\ttabs \n\n lines   ",
    "\u2581 meta\u2581space \u2581\u2581twice",
    "1234567 3.14 ١٢٣ Ⅷ½ 4K",
    "ｶﾞ ﾊﾟ ㌔ ㍿ ﷺ ＡＢＣ\u3000全角",
    "e\u0301\u0302 \u1100\u1161\u11a8 각 👩🏽‍🚀 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "\r\n\r\n x\u00a0y\u2003z\u200b\u200d\ufeffend",
    "很长" * 200,
    "a" * 700 + " " + "é" * 300,
    "\x00\x01\x1f\x7f\x80\x9f",
    "𠀀𪚥 \U0001fae8 \U000e0041 \ufffd",
]


# Of a tokenizer that searches text for further tokens.
ADDED_TEXTS = [
    "call |||PHONE||| or |||MAIL|||!", "|||PHONE||||||MAIL|||", "two  spaces   three    four", "[unused1][unused10] [unused1",
    " |||MAIL", "cafe\u0301 cafe\u0301\u0301", "  ", "\t|||PHONE|||\n", "《|||MAIL|||》很长"]


def rules_of(texts, path):
    """NFKC of what the texts hold alone, as a table of a few hundred bytes instead of the usual 240,000."""
    characters = {c for t in texts for c in t} | {t[i : i + 2] for t in texts for i in range(len(t) - 1)}
    rules = {c: unicodedata.normalize("NFKC", c) for c in characters if "\x00" not in c}
    lines = [
        " ".join(f"{ord(x):X}" for x in old) + "\t" + " ".join(f"{ord(x):X}" for x in new)
        for old, new in sorted(rules.items())
        # A pair that changes otherwise than its two characters do: letters with their accents.
        if new != (old if len(old) == 1 else rules.get(old[0], old[0]) + rules.get(old[1], old[1]))]
    path.write_text("".join(line + "\n" for line in lines))


def sentence_piece(texts, size, usual_rules, **roles):
    model = io.BytesIO()
    # The model keeps the path of the table, which has to be the same every time.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        rules = pathlib.Path("rules.tsv")
        rules_of(texts, rules)
        return train_sentence_piece(
            model, texts, size,
            {"normalization_rule_name": "nmt_nfkc"} if usual_rules else {"normalization_rule_tsv": str(rules)}, roles)


def train_sentence_piece(model, texts, size, rules, roles):
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([t.replace("\x00", " ") for t in texts if t.strip()]), model_writer=model, vocab_size=size,
        model_type="unigram", character_coverage=0.9995, hard_vocab_limit=False, **rules,
        minloglevel=2, **(roles or {"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1}))
    return model.getvalue()


def xlm_roberta(model, newer):
    """As `transformers` converts XLM-R's model, and as newer folders (BGE-M3) have it."""
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(piece.piece, piece.score) for piece in proto.pieces[3:]] + [("<mask>", 0.0)]
    tokenizer = tokenizers.Tokenizer(models.Unigram(vocabulary, unk_id=3))
    charsmap = proto.normalizer_spec.precompiled_charsmap
    if newer:
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Strip(left=False, right=True), normalizers.Precompiled(charsmap),
             normalizers.Replace(tokenizers.Regex(" {2,}"), "\u2581")])
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    else:
        tokenizer.normalizer = normalizers.Precompiled(charsmap)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def byte_level(texts, size, **settings):
    """As RoBERTa's: the special tokens first, but for the mask, which is last."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=settings.get("add_prefix_space", False))
    trainer = trainers.BpeTrainer(
        vocab_size=size, show_progress=False, special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainer)
    if settings.get("ignore_merges"):
        state = json.loads(tokenizer.to_str())
        state["model"]["ignore_merges"] = True
        state["model"]["vocab"]["Hello"] = len(state["model"]["vocab"])  # no merge leads there
        tokenizer = tokenizers.Tokenizer.from_str(json.dumps(state))
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_special_tokens(["<mask>"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def modernbert(texts, size):
    """Special tokens in brackets, text composed by NFC and searched for tokens that stand for what was taken out."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    plain = tokenizers.AddedToken
    tokenizer.add_tokens(
        [plain(t, normalized=True) for t in ["|||PHONE|||", "   ", "  ", "cafe\u0301\u0301"]]
        + [plain(t, normalized=False) for t in ["|||MAIL|||", "[unused1]", "[unused10]"]])
    tokenizer.add_special_tokens(["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")])
    return tokenizer


def deberta(model, newer=False):
    """As transformers 4 converts DeBERTa's model: its numbers stay, and the mask comes behind; and as version 5 saves it."""
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    tokenizer = tokenizers.Tokenizer(models.Unigram([(p.piece, p.score) for p in proto.pieces], unk_id=3))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(tokenizers.Regex(r"\s{2,}|[\n\r\t]"), " "), normalizers.NFC(),
         normalizers.Strip(left=False, right=True)] if newer else
        [normalizers.Strip(), normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
         normalizers.Replace(tokenizers.Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace()])
    tokenizer.add_tokens([tokenizers.AddedToken(p.piece, normalized=False) for p in proto.pieces if p.type == p.USER_DEFINED])
    tokenizer.add_special_tokens(["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    return tokenizer


DEBERTA_ROLES = dict(
    pad_id=0, pad_piece="[PAD]", bos_id=1, bos_piece="[CLS]", eos_id=2, eos_piece="[SEP]", unk_id=3, unk_piece="[UNK]",
    user_defined_symbols=["|||PHONE|||"])


def word_piece():
    path = ROOT / "Tests/TextTests/Fixtures/bert_tokenizer.json"
    pieces = json.loads(path.read_text(encoding="utf-8"))["vocabulary"]
    tokenizer = tokenizers.Tokenizer(models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return tokenizer


def write_folders(output, texts, size, usual_rules=True):
    """Returns the tokenizer of each folder."""
    found = {}

    def folder(name, tokenizer, **files):
        path = output / name
        path.mkdir(parents=True, exist_ok=True)
        for file, content in (files or {"tokenizer.json": tokenizer.to_str()}).items():
            content = content if isinstance(content, bytes) else content.encode()
            (path / file).write_bytes(content)
        found[name] = tokenizer

    pairs = byte_level(texts, size)
    folder("roberta", pairs)
    state = json.loads(pairs.to_str())
    merges = "#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in state["model"]["merges"])
    vocabulary = state["model"]["vocab"] | {"<mask>": len(state["model"]["vocab"])}
    folder("roberta_slow", pairs, **{"vocab.json": json.dumps(vocabulary, ensure_ascii=False), "merges.txt": merges})
    folder("byte_level_prefix", byte_level(texts, size, add_prefix_space=True, ignore_merges=True))
    model = sentence_piece(texts, size, usual_rules)
    older = xlm_roberta(model, newer=False)
    folder("xlm_roberta", older)
    folder("xlm_roberta_slow", older, **{"sentencepiece.bpe.model": model})
    folder("xlm_roberta_newer", xlm_roberta(model, newer=True))
    folder("modernbert", modernbert(texts, max(300, size // 4)))
    model = sentence_piece(texts, size if usual_rules else size // 2, usual_rules, **DEBERTA_ROLES)
    folder("deberta", deberta(model), **{"spm.model": model})
    folder("deberta_newer", deberta(model, newer=True))
    return found


def main():
    texts = TEXTS + MORE_TEXTS
    folders = write_folders(OUTPUT, texts, size=1200, usual_rules=False)
    path = OUTPUT / "word_piece"
    path.mkdir(exist_ok=True)
    folders["word_piece"] = word_piece()
    (path / "tokenizer.json").write_text(folders["word_piece"].to_str(), encoding="utf-8")
    for name, tokenizer in folders.items():
        special = [t.content for t in tokenizer.get_added_tokens_decoder().values() if t.special]
        cases = [
            {"text": t, "tokens": tokenizer.encode(t, add_special_tokens=False).ids}
            for t in texts + (ADDED_TEXTS if name in ("modernbert", "deberta", "deberta_newer") else []) if not any(s in t for s in special)]
        roles = {
            role: next(i for i in map(tokenizer.token_to_id, spellings) if i is not None)
            for role, spellings in {
                "padding": ["<pad>", "[PAD]"], "unknown": ["<unk>", "[UNK]"], "classification": ["<s>", "[CLS]"],
                "separator": ["</s>", "[SEP]"], "mask": ["<mask>", "[MASK]"]}.items()}
        expected = {"size": tokenizer.get_vocab_size(), "special": roles, "cases": cases}
        (OUTPUT / name / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
        print(f"{name}: {len(cases)} texts, {expected['size']} tokens")


if __name__ == "__main__":
    main()
