#!/usr/bin/env python3
"""What videos without labels are worth: pre-training, pseudo-labels, consistency, and what the labels alone can do better.

    Benchmarks/unlabelled.py --work tables/text --annotations labeled.json --more unlabeled.json --wild wild.json \
        -- --modality text

trains a fold of the preset for each row and seed, and prints a table. What follows `--` goes to every `fit` and `pretrain`;
with frames `--frames labeled=frames/labeled more=frames/unlabeled wild=frames/wild` says where they lie. A run that is
finished is not repeated, and one that was stopped goes on. See Benchmarks/README.md for the method.
"""
import argparse
import concurrent.futures
import json
import pathlib
import random
import re
import statistics
import subprocess
import sys

DRAWS = 1000
SOURCES = {"own": ["labeled"], "more": ["labeled", "more"], "all": ["labeled", "more", "wild"]}
# The preset learns the first level, too; what is compared begins without.
CATEGORIES = ["--set", "training.level1_loss=0"]
TWO_QUESTIONS = [*CATEGORIES, "--set", "training.two_questions.loss=0.5"]
SOFTMATCH = ["--set", "consistency.method=softmatch"]
BALANCED = [*SOFTMATCH, "--set", "consistency.balanced.loss=1"]
# As it is published: soon, and with its full weight.
FULL = [*CATEGORIES, "--set", "consistency.weight=1", "--set", "consistency.ramp_up=0.2"]
ROWS = {
    "categories alone": {"settings": CATEGORIES},
    "+ first level (the preset)": {},
    "+ two questions": {"settings": TWO_QUESTIONS},
    "+ pre-training, own videos": {"settings": CATEGORIES, "encoder": "own"},
    "+ pre-training, 1,000 more": {"settings": CATEGORIES, "encoder": "more"},
    "+ pre-training, 10,000 more": {"settings": CATEGORIES, "encoder": "all"},
    "+ pseudo-labels of 1,000": {"settings": CATEGORIES, "labels": "more"},
    "+ pseudo-labels of 10,000": {"settings": CATEGORIES, "labels": "all"},
    "+ mean teacher, 1,000": {"settings": CATEGORIES, "beside": "more"},
    "+ SoftMatch, 1,000": {"settings": [*CATEGORIES, *SOFTMATCH], "beside": "more"},
    "+ mean teacher at full weight, 10,000": {"settings": FULL, "beside": "all"},
    "+ SoftMatch at full weight, 10,000": {"settings": [*FULL, *SOFTMATCH], "beside": "all"},
    "+ SoftMatch at full weight, balanced head, 10,000": {"settings": [*FULL, *BALANCED], "beside": "all"},
    "+ pre-training, pseudo-labels": {"settings": CATEGORIES, "encoder": "all", "labels": "all"},
    "+ two questions, pseudo-labels": {"settings": TWO_QUESTIONS, "labels": "all"},
    "+ first level, pseudo-labels": {"labels": "all"},
}


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = pathlib.Path(options.work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.files = {"labeled": options.annotations, "more": options.more, "wild": options.wild}
        self.frames = dict(pair.split("=", 1) for pair in options.frames)

    def run(self, name, command):
        """Runs a command whose output goes to a log, and says how many seconds it took by the events in it."""
        log = self.work / f"{name.replace(' ', '-').replace(',', '')}.log"
        with open(log, "ab") as output:
            status = subprocess.run([self.options.framewise, *command], stdout=output, stderr=output).returncode
        if status != 0:
            sys.exit(f"{' '.join(map(str, command))} ended with {status}: see {log}")

    def seen(self, sources, prefix="--"):
        """Annotations and frames of sources, as options."""
        frames = [self.frames[source] for source in sources if source in self.frames]
        return [f"{prefix}annotations", *(self.files[source] for source in sources),
                *([f"{prefix}frames", *frames] if frames else [])]

    def threads(self):
        return ["--threads", "1", "--json"]

    def encoder(self, sources):
        out = self.work / f"encoder-{sources}"
        if not (out / "config.json").exists():
            self.run(out.name, [
                "pretrain", *self.seen(SOURCES[sources]), "--out", out, *self.threads(), *self.options.common,
                *self.options.pretrain.split()])
        return out

    def labels(self, sources):
        """Labels by the linear models."""
        out = self.work / f"{sources}.labels.jsonl"
        if not out.exists():
            self.run(out.name, [
                "pseudo-label", "--teacher", "floor", "--labeled", self.files["labeled"],
                "--annotations", *(self.files[source] for source in SOURCES[sources][1:]),
                "--folds", self.options.folds, "--out", out,
                *self.options.label.split()])
        return out

    def fold(self, row, seed):
        """The folder of a finished fold."""
        parts = ROWS[row]
        out = self.work / re.sub(r"[^A-Za-z0-9]+", "-", row).strip("-") / f"seed-{seed}"
        fold = out / f"fold-{int(self.options.fold):02}"
        if not (fold / "predictions.jsonl").exists():
            command = [
                "fit", *self.seen(["labeled"]), "--folds", self.options.folds, "--fold", self.options.fold,
                "--seed", str(seed), "--no-floor", "--out", out, *self.threads(), *self.options.common,
                *parts.get("settings", [])]
            if "encoder" in parts:
                command += ["--init", self.encoder(parts["encoder"])]
            if "labels" in parts:
                sources = parts["labels"]
                command += ["--pseudo-labels", self.labels(sources), *self.seen(SOURCES[sources][1:], "--pseudo-")]
            if "beside" in parts:
                command += self.seen(SOURCES[parts["beside"]][1:], "--unlabelled-")
            out.parent.mkdir(parents=True, exist_ok=True)
            self.run(f"{out.parent.name}-{seed}", command)
        return fold

    def prepare(self):
        """What several rows share, before they are trained side by side."""
        wanted = [ROWS[row] for row in self.options.rows]
        for sources in dict.fromkeys(row["labels"] for row in wanted if "labels" in row):
            self.labels(sources)
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            list(pool.map(self.encoder, dict.fromkeys(row["encoder"] for row in wanted if "encoder" in row)))

    def seconds(self, folder):
        """Of the steps and judgements of a fold or pre-training."""
        events = [json.loads(line) for line in open(folder / "events.jsonl")]
        return sum(event["training_seconds"] + event["validation_seconds"] for event in events if event["event"] == "epoch")


def read(fold, level1_first):
    """The chosen category of each video."""
    chosen = {}
    for line in open(fold / "predictions.jsonl"):
        prediction = json.loads(line)
        chosen[prediction["id"]] = prediction["category_id"]
        if level1_first:
            levels = {}
            for category, probability in prediction["probabilities"].items():
                levels[category[:2]] = levels.get(category[:2], 0) + probability
            best = max(levels, key=levels.get)
            own = {c: p for c, p in prediction["probabilities"].items() if c[:2] == best}
            chosen[prediction["id"]] = max(own, key=own.get)
    return chosen


def f1(pairs):
    """Micro and macro F1 of (truth, prediction), over the categories that either has."""
    right, true, said = {}, {}, {}
    for truth, prediction in pairs:
        true[truth] = true.get(truth, 0) + 1
        said[prediction] = said.get(prediction, 0) + 1
        if truth == prediction:
            right[truth] = right.get(truth, 0) + 1
    every = true.keys() | said.keys()
    macro = sum(2 * right.get(c, 0) / (true.get(c, 0) + said.get(c, 0)) for c in every) / len(every)
    return sum(right.values()) / len(pairs), macro


def scores(pairs):
    """Mean F1 by the official metric, level 1 micro, level 2 micro."""
    first = f1([(truth[:2], prediction[:2]) for truth, prediction in pairs])
    second = f1(pairs)
    return (sum(first) + sum(second)) / 4, first[0], second[0]


def interval(row, base, truth):
    """The middle 95 % of the difference in mean F1 over the same seeds, over draws of the videos."""
    generator, videos, differences = random.Random(1), list(next(iter(row.values()))), []
    seeds = [seed for seed in row if seed in base]
    for _ in range(DRAWS):
        drawn = generator.choices(videos, k=len(videos))
        differences.append(statistics.mean(
            scores([(truth[v], row[s][v]) for v in drawn])[0] - scores([(truth[v], base[s][v]) for v in drawn])[0]
            for s in seeds))
    differences.sort()
    return differences[int(0.025 * DRAWS)], differences[int(0.975 * DRAWS) - 1]


def table(bench, folds):
    options = bench.options
    truth = {entry["id"]: entry["category_id"] for entry in json.load(open(options.annotations))}
    chosen = {}
    for (row, seed), fold in folds.items():
        chosen.setdefault(row, {})[seed] = read(fold, options.level1_first)
    base = chosen.get(options.rows[0])
    print("| variation | mean F1 | difference | level 1 micro | level 2 micro | seconds |\n|---|---:|---:|---:|---:|---:|")
    for row, seeds in chosen.items():
        each = list(zip(*(scores([(truth[v], c[v]) for v in c]) for c in seeds.values())))
        deviation = statistics.stdev(each[0]) if len(seeds) > 1 else 0
        difference = ""
        if row != options.rows[0]:
            low, high = interval(seeds, base, truth)
            mean = statistics.mean(
                scores([(truth[v], c) for v, c in seeds[s].items()])[0]
                - scores([(truth[v], c) for v, c in base[s].items()])[0] for s in seeds)
            difference = f"{mean:+.4f} ({low:+.4f} to {high:+.4f})"
        seconds = statistics.mean(bench.seconds(folds[row, seed]) for seed in seeds)
        more = ""
        if "encoder" in ROWS[row]:
            more = f" + {bench.seconds(bench.encoder(ROWS[row]['encoder'])):.0f}"
        print(f"| {row} | {statistics.mean(each[0]):.4f} ± {deviation:.4f} | {difference} | {statistics.mean(each[1]):.4f} "
              f"| {statistics.mean(each[2]):.4f} | {seconds:.0f}{more} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--framewise", default=".build/release/framewise")
    parser.add_argument("--work", required=True, help="folder of all runs")
    parser.add_argument("--annotations", required=True, help="labelled annotations (JSON)")
    parser.add_argument("--more", required=True, help="annotations of unlabelled videos like the labelled ones")
    parser.add_argument("--wild", required=True, help="annotations of unlabelled videos from elsewhere")
    parser.add_argument("--frames", nargs="*", default=[], metavar="SOURCE=FRAMES")
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS), metavar="ROW")
    parser.add_argument("--seeds", nargs="*", type=int, default=[1, 2, 3])
    parser.add_argument("--folds", default="2")
    parser.add_argument("--fold", default="0")
    parser.add_argument("--jobs", type=int, default=2, help="runs side by side, a core each")
    parser.add_argument("--pretrain", default="", help="more options of pretrain")
    parser.add_argument("--label", default="", help="more options of pseudo-label")
    parser.add_argument("--level1-first", action="store_true", help="choose the first level first")
    parser.add_argument("common", nargs="*", help="options of every fit and pretrain, after --")
    options = parser.parse_args()
    bench = Bench(options)
    bench.prepare()
    wanted = [(row, seed) for seed in options.seeds for row in options.rows]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        folds = dict(zip(wanted, pool.map(lambda each: bench.fold(*each), wanted)))
    table(bench, {key: folds[key] for key in sorted(wanted, key=lambda each: options.rows.index(each[0]))})


if __name__ == "__main__":
    main()
