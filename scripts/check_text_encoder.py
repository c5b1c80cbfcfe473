#!/usr/bin/env python3
"""Holds text encoders that people published to the libraries that they were published with, on the real files.

    scripts/check_text_encoder.py vectors FOLDER [--texts ANNOTATIONS...]
        FOLDER is one of sentence-transformers. 200 sentences: of the annotations' titles, or Chinese ones of this script,
        and English, emoji, control characters and texts far too long. The largest difference has to be below 1e-4.
    scripts/check_text_encoder.py tokens FOLDER... --texts ANNOTATIONS...
        Up to 5,000 titles and the texts of the tests' fixtures through the tokenizer of each folder.
    scripts/check_text_encoder.py train OUT --texts ANNOTATIONS...
        Makes folders of tokenizers, trained on the titles: byte-level BPE and Unigram as RoBERTa, XLM-R and BGE-M3 have them,
        each in every layout that is read, for `tokens`.

Needs sentence-transformers, transformers, tokenizers, sentencepiece, safetensors; and `text-probe`, which it builds.
"""

import argparse
import functools
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

ENGLISH = """A man is playing a guitar on the street. | Breaking: storm hits the coast | how to cook rice | The quick brown fox
jumps over the lazy dog | unaffable runners | What's the weather like tomorrow? | Final score 3:2 | U.S. stocks fell 1.5%""".split("|")


@functools.cache
def binary():
    subprocess.run(["swift", "build", "--product", "text-probe"], cwd=ROOT, check=True, stdout=sys.stderr)
    return ROOT / ".build/debug/text-probe"


def probe(*arguments, texts):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    return subprocess.run([binary(), *map(str, arguments)], input=lines, text=True, check=True, stdout=subprocess.PIPE).stdout


def titles(paths, count):
    all = [a["title"] for path in paths for a in json.loads(pathlib.Path(path).read_text(encoding="utf-8"))]
    return [title for title in all if title][:count]


def odd_texts():
    from make_tokenizer_fixture import TEXTS

    return TEXTS + ["emoji 😀👨‍👩‍👧‍👦🇨🇳 " * 40, "很长的标题" * 300, "word " * 2000, "a" * 5000, "\u0000\u0007 control \u001b[2J"]


def vectors(arguments):
    import numpy
    from safetensors.numpy import load_file
    from sentence_transformers import SentenceTransformer

    # The library searches a text for special tokens, which is the one difference that Framewise makes on purpose.
    odd = [t for t in odd_texts() if not any(s in t for s in ("[SEP]", "[CLS]", "[PAD]", "[UNK]", "[MASK]", "<s>"))]
    sentences = (odd + ENGLISH + (titles(arguments.texts, 200) or ["新闻标题 %d：比赛结束" % i for i in range(200)]))[:200]
    wanted = SentenceTransformer(arguments.folders[0], device="cpu").encode(sentences, batch_size=16)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "vectors.safetensors"
        probe("vectors", arguments.folders[0], path, texts=sentences)
        found = load_file(path)["vectors"]
    difference = numpy.abs(found - wanted)
    worst = int(difference.max(axis=1).argmax())
    print(f"{len(sentences)} sentences, vectors of {found.shape[1]}: largest difference {difference.max():.2e}, mean {difference.mean():.2e}")
    print(f"largest at {sentences[worst][:60]!r}")
    return difference.max() < 1e-4


def reference(folder):
    """The tokenizer as the library that it comes from reads it, without its search for special tokens."""
    import tokenizers
    from transformers import RobertaTokenizer, XLMRobertaTokenizer

    path = pathlib.Path(folder) / "tokenizer.json"
    if path.exists():
        return tokenizers.Tokenizer.from_file(str(path))
    model = pathlib.Path(folder) / "spm.model"
    if model.exists():
        from make_published_tokenizer_fixtures import deberta

        return deberta(model.read_bytes())
    own = XLMRobertaTokenizer if (pathlib.Path(folder) / "sentencepiece.bpe.model").exists() else RobertaTokenizer
    return own.from_pretrained(folder).backend_tokenizer


def tokens(arguments):
    texts = odd_texts() + titles(arguments.texts, 5000)
    good = True
    for folder in arguments.folders:
        tokenizer = reference(folder)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        special = [t.content for t in tokenizer.get_added_tokens_decoder().values() if t.special]
        own = [t for t in texts if not any(s in t for s in special)]
        wanted = [e.ids for e in tokenizer.encode_batch(own, add_special_tokens=False)]
        found = [json.loads(line) for line in probe("tokens", folder, texts=own).splitlines()]
        different = [i for i in range(len(own)) if found[i] != wanted[i]]
        print(f"{folder}: {len(own)} texts, {sum(map(len, wanted))} tokens, {len(different)} texts differ")
        for i in different[:5]:
            print(f"  {own[i][:80]!r}\n    {found[i][:30]}\n    {wanted[i][:30]}")
        good = good and not different
    return good


def train(arguments):
    from make_published_tokenizer_fixtures import write_folders

    write_folders(pathlib.Path(arguments.folders[0]), titles(arguments.texts, 5000), size=4000)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["vectors", "tokens", "train"])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--texts", nargs="+", default=[])
    arguments = parser.parse_args()
    sys.exit(0 if {"vectors": vectors, "tokens": tokens, "train": train}[arguments.what](arguments) else 1)


if __name__ == "__main__":
    main()
