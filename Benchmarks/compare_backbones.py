#!/usr/bin/env python3
"""What encoders cost in Framewise, and in timm or transformers: forward, and forward with backward, in turn.

    swift build -c release --product backbone-benchmark
    Benchmarks/compare_backbones.py --python path/to/python vit_small_patch16_224 tf_efficientnet_b0 bert-base-chinese …

Each round measures both programs, alternating who goes first; printed are the median milliseconds of each side and the
median and range of the rounds' ratios (theirs divided by ours: above 1 we are faster).
"""

import argparse
import statistics
import subprocess

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("names", nargs="+", help="timm's, such as resnet50, or text encoders of `framewise models`")
parser.add_argument("--ours", default=".build/release/backbone-benchmark")
parser.add_argument("--python", default="python3", help="with torch, timm and transformers")
parser.add_argument("--peer", default="Benchmarks/peers/backbone.py")
parser.add_argument("--channels-last", action="store_true", help="give timm its faster memory format")
parser.add_argument("--fp32", action="store_true")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--tokens", type=int, default=64, help="of each text")
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--rounds", type=int, default=4)
options = parser.parse_args()

shared = [f"--{key}={getattr(options, key)}" for key in ("threads", "batch", "repeats")]
flags = ["--fp32"] if options.fp32 else []


def start(*command):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(process, what):
    process.stdin.write(what + "\n")
    process.stdin.flush()
    return float(process.stdout.readline())


for name in options.names:
    separate = [part for option in shared for part in option.split("=")]
    ours = start(options.ours, name, "--tokens", str(options.tokens), *separate, *flags)
    size = ours.stdout.readline().strip()
    peer = start(
        options.python, options.peer, name, "--size", size, *separate, *flags,
        *(["--channels-last"] if options.channels_last else []))
    for what in ("forward", "training"):
        times = {"ours": [], "theirs": []}
        for number in range(options.rounds):
            sides = [("ours", ours), ("theirs", peer)]
            for side, process in sides if number % 2 == 0 else reversed(sides):
                times[side].append(ask(process, what))
        ratios = [theirs / mine for mine, theirs in zip(times["ours"], times["theirs"])]
        print(
            f"{name} {size} {what}: ours {statistics.median(times['ours']):.0f} ms, theirs "
            f"{statistics.median(times['theirs']):.0f} ms, ratio {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}–{max(ratios):.2f})", flush=True)
    for process in (ours, peer):
        process.stdin.close()
        process.wait()
