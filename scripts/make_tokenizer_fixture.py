#!/usr/bin/env python3
"""Writes Tests/TextTests/Fixtures/bert_tokenizer.json: texts and their tokens by Hugging Face's BertTokenizer.

Made with transformers 5.23.0 and tokenizers 0.23.3. Usage: scripts/make_tokenizer_fixture.py [OUTPUT]

Texts that spell a special token are encoded without BertTokenizer's search for such tokens, which is the one
difference that Framewise makes on purpose.
"""

import json
import sys
import tempfile
from pathlib import Path

import tokenizers
import transformers
from transformers import BertTokenizer

TEXTS = [
    "",
    " ",
    "Hello, World!",
    "unaffable runners running UNAFFABLE",
    "新浪财经11月27日开盘播报聊天实录",
    "妇女无力承担母亲医疗费欲卧轨获民警解救",
    "AIG第四季亏损88.7亿美元！",
    "《核能危机》：游戏里的“核武器”、元素……简单回顾",
    "ひらがなとカタカナ、漢字が混ざる",
    "パピプペポ がぎぐげご",  # decomposable kana: the sound marks are nonspacing marks
    "한국어 텍스트 분석",  # hangul is taken apart into jamo by NFD
    "emoji 😀 👨‍👩‍👧‍👦 🇨🇳 👍🏽 ❤️ 1️⃣",
    "cafe\u0301 café CAFÉ naïve Ångström Å",
    "İstanbul ISPARTA ılık I\u0307",
    "Straße STRASSE ẞ ß",
    "ΟΔΟΣ Σίσυφος ΣΑΣ",
    "zero\u200bwidth\u200cjoin\u200der\ufeff soft\u00adhyphen",
    "שָׁלוֹם עולם \u202bמשולב\u202c abc",
    "مرحبا بالعالم، كيف الحال؟ ٱلْحَمْدُ",
    "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22 हिन्दी में",
    "tab\tnew\nline\r\nvertical\x0btab form\x0cfeed nbsp\u00a0thin\u2009ideographic\u3000end\u2028sep\u2029par",
    "nul\x00bell\x07escape\x1bdelete\x7fnext\x85",
    "replacement\ufffdchar private\ue000use",
    "a" * 100,
    "a" * 101,
    "a" * 300 + " b",
    "é" * 100 + " " + "é" * 101,
    "文" * 120,
    "$5.00+tax=~6^2`|<tag>@#%&*_-\\/{}[]()?;:'\"",
    "—–…‘’“”«»·¡¿§¶†‡•©®™°±×÷€£¥",
    "，。！？；：（）【】「」『』、～￥",
    "ｆｕｌｌｗｉｄｔｈ ＡＢＣ １２３",
    "ﬁ ligature ﬀ ㈱ ① ½ x² H₂O",
    "𠀀𪚥𫝀𫠝 rare ideographs 㐀䶵 豈更 丽",
    "\U0002b820\U0002b920\U0002ceb0 at the edges \U00030000",
    "word##piece ##ing # #",
    "unk [unk] <s> </s> <pad>",
    "Ǆ ǅ ǆ Ω K Å",
    "ḍ̇ q̣̇ a\u0301\u0302\u0303",
    "C++ c# .NET node.js iPhone15Pro 4K",
    "http://example.com/a?b=c&d=%20 user@example.com",
    "don't can't I'm it's",
    "𝒜𝓫𝕔 𝟙𝟚𝟛",
    "Ⅷ ⅷ ºª",
    "e\u0301" * 60,
    "الـــعربية",
    "Việt Nam ĐẶNG đặng",
    "Łódź Ørsted Þór Ðæ œuvre",
    "\u0345\u03b1 ᾳ ᾼ",
    "newest 🥲 🫠 🫨",
]

SPECIAL_TEXTS = [
    "[SEP]",
    "title with [SEP] inside",
    "[CLS][MASK][PAD][UNK]",
    "a[SEP]b [ SEP ] [sep]",
    "新闻[SEP]标题[CLS]",
]

CONFIGURATIONS = [
    {"do_lower_case": True},
    {"do_lower_case": False},
    {"do_lower_case": True, "strip_accents": False},
    {"do_lower_case": False, "strip_accents": True},
    {"do_lower_case": True, "tokenize_chinese_chars": False},
]

WORDS = """hello world run ##ning ##ners un ##aff ##able cafe café naive istanbul strasse stra ##ße word piece
title with inside sep cls mask pad unk emoji rare edges the at it don can 11 27 88 ##7 美元 第四 the ##ing ##s a ##a ##aa
##aaaa aaaaaaaa CAFÉ Hello World AIG aig Straße ΣΑΣ σασ ##σ ##ς οδο ΟΔΟ""".split()


def vocabulary():
    """Special tokens, some words, and four of five of all characters that remain of the texts, alone and inside."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    characters = set()
    for lowercase in (True, False):
        for accents in (True, False):
            normalizer = tokenizers.normalizers.BertNormalizer(lowercase=lowercase, strip_accents=accents)
            for text in TEXTS + SPECIAL_TEXTS:
                characters.update(normalizer.normalize_str(text))
    characters = sorted(c for c in characters if not c.isspace())
    for number, character in enumerate(characters):
        if number % 5 != 3:
            pieces += [character, "##" + character]
    return list(dict.fromkeys(pieces))


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else (
        Path(__file__).parent.parent / "Tests/TextTests/Fixtures/bert_tokenizer.json")
    pieces = vocabulary()
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vocab.txt"
        path.write_text("".join(piece + "\n" for piece in pieces), encoding="utf-8")
        for settings in CONFIGURATIONS:
            tokenizer = BertTokenizer.from_pretrained(folder, **settings)
            plain = tokenizers.Tokenizer(tokenizers.models.WordPiece(tokenizer.get_vocab(), unk_token="[UNK]"))
            plain.normalizer = tokenizer.backend_tokenizer.normalizer
            plain.pre_tokenizer = tokenizer.backend_tokenizer.pre_tokenizer
            cases = [
                {"text": text, "tokens": tokenizer.encode(text, add_special_tokens=False)} for text in TEXTS]
            assert all(plain.encode(c["text"], add_special_tokens=False).ids == c["tokens"] for c in cases)
            cases += [
                {"text": text, "tokens": plain.encode(text, add_special_tokens=False).ids}
                for text in SPECIAL_TEXTS]
            runs.append({"settings": settings, "cases": cases})
    made_by = f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}"
    output.write_text(
        json.dumps({"made_by": made_by, "vocabulary": pieces, "runs": runs}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
