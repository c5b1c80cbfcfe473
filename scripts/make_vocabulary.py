#!/usr/bin/env python3
"""Makes vocab/zh-en-8k.model from two word lists that carry frequencies, under the MIT licence both.

The lists come from the packages jieba 0.42.1 and symspellpy 6.10.1, fetched by pip. Pseudo-titles are drawn from
them (the same ones each time) and handed to `framewise vocab`, so that the model is like any that a user trains.

Usage: scripts/make_vocabulary.py [--framewise PROGRAM] [--out MODEL]
"""

import argparse
import hashlib
import itertools
import json
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

SIZE = 8000
TITLES = 120_000
ENGLISH_SHARE = 0.2
FREQUENT_CHARACTERS = 4500

SOURCES = {
    "chinese": ("jieba==0.42.1", "jieba-0.42.1/jieba/dict.txt",
                "7197c3211ddd98962b036cdf40324d1ea2bfaa12bd028e68faa70111a88e12a8"),
    "english": ("symspellpy==6.10.1", "symspellpy/frequency_bigramdictionary_en_243_342.txt",
                "fd892a160184101dd7ae807ac5a302d01fcea1c47304181a8ed7ed9c94545bcd"),
}

# Half-width, as NFKC makes them; the Chinese ones that it leaves alone as well.
PUNCTUATION = list(",,,,::!?;()-.%+/&'\"") + list("《》“”、。…·")
UNITS = list("年月日岁万亿元个人次分秒号季届")


def fetch(name, folder):
    """The text of a word list, verified."""
    package, member, digest = SOURCES[name]
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder / name, package], check=True)
    (archive,) = (folder / name).iterdir()
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            content = wheel.read(member)
    else:
        with tarfile.open(archive) as tar:
            content = tar.extractfile(member).read()
    if hashlib.sha256(content).hexdigest() != digest:
        sys.exit(f"{package}: {member} is not the file that the vocabulary was made from")
    return content.decode("utf-8-sig")


def gb2312(rows):
    cells = (bytes([row, cell]) for row in rows for cell in range(0xA1, 0xFF))
    return {cell.decode("gb2312", errors="ignore") for cell in cells} - {""}


def chinese_words(text):
    """Words with counts, of characters that get a piece of their own only."""
    words = Counter()
    for line in text.splitlines():
        word, count = line.split()[:2]
        if re.fullmatch(r"[\u4e00-\u9fff]+", word):
            words[word] += int(count)
    counts = Counter()
    for word, count in words.items():
        for character in word:
            counts[character] += count
    # Everyday characters (level 1 of GB 2312), and the most frequent of the others that simplified text has.
    level1, level2 = gb2312(range(0xB0, 0xD8)), gb2312(range(0xD8, 0xF8))
    frequent = {character for character, _ in counts.most_common(FREQUENT_CHARACTERS)}
    kept = level1 | (level2 & frequent)
    return {word: count for word, count in words.items() if kept.issuperset(word)}, sorted(kept)


class EnglishText:
    """Phrases drawn from a Markov chain over pairs of words."""

    def __init__(self, text):
        followers = {}
        for line in text.splitlines():
            first, second, count = line.split()
            followers.setdefault(first, []).append((second, int(count)))
        self.starts = list(followers)
        self.start_weights = list(itertools.accumulate(sum(n for _, n in f) for f in followers.values()))
        self.followers = {
            first: ([w for w, _ in pairs], list(itertools.accumulate(n for _, n in pairs)))
            for first, pairs in followers.items()}

    def phrase(self, generator, length):
        words = []
        while len(words) < length:
            chosen = self.followers.get(words[-1]) if words else None
            words += generator.choices(
                chosen[0] if chosen else self.starts, cum_weights=chosen[1] if chosen else self.start_weights)
        case = generator.random()
        if case < 0.4:
            words = [word.capitalize() for word in words]
        elif case < 0.7:
            words[0] = words[0].capitalize()
        elif case < 0.75:
            words = [word.upper() for word in words]
        return " ".join(words)


def number(generator):
    kind = generator.random()
    if kind < 0.25:
        return str(generator.randint(1990, 2030))
    if kind < 0.4:
        return f"{generator.randint(0, 99)}.{generator.randint(0, 9)}"
    return str(int(10 ** generator.uniform(0, 4)))


def pseudo_titles(words, english):
    generator = random.Random(0)
    names, weights = list(words), list(itertools.accumulate(words.values()))
    for _ in range(TITLES):
        if generator.random() < ENGLISH_SHARE:
            yield english.phrase(generator, generator.randint(2, 9))
            continue
        parts = generator.choices(names, cum_weights=weights, k=generator.randint(3, 10))
        for place in range(len(parts)):
            kind = generator.random()
            if kind < 0.06:
                parts[place] += generator.choice(PUNCTUATION)
            elif kind < 0.10:
                parts[place] += number(generator) + (generator.choice(UNITS) if generator.random() < 0.7 else "")
            elif kind < 0.12:
                parts[place] += " "
            elif kind < 0.13:
                parts[place] += english.phrase(generator, 1)
        yield "".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--framewise", default=root / ".build/release/framewise")
    parser.add_argument("--out", default=root / "vocab/zh-en-8k.model")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        words, characters = chinese_words(fetch("chinese", folder))
        titles = list(pseudo_titles(words, EnglishText(fetch("english", folder))))
        # Once each, so that all of them are pieces: the coverage is 1.
        titles += ["".join(chr(code) for code in range(0x21, 0x7F)), "".join(PUNCTUATION), "".join(characters)]
        annotations = folder / "titles.json"
        annotations.write_text(json.dumps([{"id": str(n), "title": title} for n, title in enumerate(titles)]))
        subprocess.run(
            [arguments.framewise, "vocab", annotations, "--size", str(SIZE), "--coverage", "1", "--out", arguments.out],
            check=True)


main()
