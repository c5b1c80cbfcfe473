#!/usr/bin/env python3
"""Compares two builds of framewise: training speed, prediction speed and peak memory, in turn on one machine.

    Benchmarks/compare_builds.py --before ../before/.build/release/framewise --after .build/release/framewise \
        --frames frames/labeled --annotations labeled.json --infer-frames frames/test --infer-annotations test.json

See Benchmarks/README.md for the method. Builds may differ in their file formats and in the keys of their events: each
reads only what it wrote itself, and of the events no more is read than which of them are steps.
"""
import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

RECIPES = {
    "plain": [],
    "fgm": ["--set", "training.adversary.method=fgm"],
    "pgd": ["--set", "training.adversary.method=pgd", "--set", "training.adversary.steps=3"],
    "r-drop": ["--set", "training.r_drop=1"],
}
SIDES = ["before", "after"]


class Run:
    """A command that has ended: how long it took, its highest resident memory in bytes, and when it made its steps."""

    def __init__(self, command):
        begin = time.perf_counter()
        self.steps, self.epoch_ended = [], False
        with tempfile.TemporaryFile("w+") as messages:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages, text=True)
            for line in process.stdout:
                self.take(line, time.perf_counter())
            # In place of process.wait(), since only this call says what the one process used.
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                messages.seek(0)
                sys.exit(f"{messages.read()}{shlex.join(command)} ended with {process.returncode}")
        self.seconds = time.perf_counter() - begin
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss * 1024

    def take(self, line, moment):
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            return
        name = event.get("event") if isinstance(event, dict) else None
        if name == "step":
            if self.epoch_ended:
                sys.exit("an epoch ended before the last step: what lies between the two is no step; fewer --steps")
            self.steps.append(moment)
        elif name == "epoch":
            self.epoch_ended = True


class Comparison:
    """What was measured, by task and side: a rate and a peak for each round."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.rates, self.peaks = {}, {}

    def command(self, side, *words):
        options = shlex.split(getattr(self.arguments, f"{side}_options"))
        return [getattr(self.arguments, side), *words, *options]

    def fit(self, side, recipe, steps, out):
        words = ["fit", "--frames", self.arguments.frames, "--annotations", self.arguments.annotations, "--out", out]
        words += ["--folds", "10", "--fold", "0", "--max-steps", str(steps), "--preset", self.arguments.preset, "--json"]
        words += RECIPES[recipe] + shlex.split(self.arguments.fit_options)
        return Run(self.command(side, *words))

    def training(self, side, recipe, number):
        run = self.fit(side, recipe, self.arguments.steps, os.path.join(self.folder, f"{recipe}-{side}-{number}"))
        counted = run.steps[self.arguments.skip:]
        if len(run.steps) != self.arguments.steps:
            sys.exit(f"{side} made {len(run.steps)} steps, not {self.arguments.steps}")
        self.note(f"fit {recipe}", side, number, (len(counted) - 1) * self.arguments.batch / (counted[-1] - counted[0]), run)

    def model(self, side):
        """A run folder of this side's own, after a short training."""
        out = os.path.join(self.folder, f"model-{side}")
        if not os.path.exists(out):
            self.fit(side, "plain", 2, out)
        return out

    def prediction(self, side, number):
        def infer(annotations):
            # A folder of its own each time: what is there already is not written over.
            out = os.path.join(tempfile.mkdtemp(dir=self.folder), "submission.csv")
            words = ["infer", "--run", self.model(side), "--frames", self.arguments.infer_frames]
            return Run(self.command(side, *words, "--annotations", annotations, "--out", out))

        with open(self.arguments.infer_annotations, encoding="utf-8") as file:
            annotations = json.load(file)
        one = os.path.join(self.folder, "one.json")
        with open(one, "w", encoding="utf-8") as file:
            json.dump(annotations[:1], file)
        # Starting the program, loading libtorch and reading the model is left out.
        start, run = infer(one), infer(self.arguments.infer_annotations)
        self.note("infer", side, number, (len(annotations) - 1) / (run.seconds - start.seconds), run)

    def note(self, task, side, number, rate, run):
        self.rates.setdefault((task, side), []).append(rate)
        self.peaks.setdefault((task, side), []).append(run.peak)
        print(f"round {number}  {task:10}  {side:6}  {rate:6.1f} videos/s  {run.peak / 2**20:6.0f} MiB  "
              f"{run.cpu:6.1f} s of CPU in all", file=sys.stderr, flush=True)

    def round(self, number):
        tasks = [lambda side, recipe=recipe: self.training(side, recipe, number) for recipe in self.arguments.recipes]
        if self.arguments.infer_annotations:
            tasks.append(lambda side: self.prediction(side, number))
        for task in tasks:
            # The two take turns at going first, so that neither always has the warmer or the busier machine.
            for side in SIDES if number % 2 else reversed(SIDES):
                task(side)

    def table(self):
        print("| videos a second | before | after | after / before | by round | MiB before | MiB after |")
        print("|---|---:|---:|---:|---|---:|---:|")
        for task in dict.fromkeys(task for task, _ in self.rates):
            before, after = (self.rates[task, side] for side in SIDES)
            ratios = [new / old for old, new in zip(before, after)]
            peaks = [f"{max(self.peaks[task, side]) / 2**20:.0f}" for side in SIDES]
            cells = [task, f"{statistics.median(before):.1f}", f"{statistics.median(after):.1f}"]
            cells += [f"{statistics.median(ratios):.2f}", ", ".join(f"{ratio:.2f}" for ratio in ratios), *peaks]
            print("| " + " | ".join(cells) + " |")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", required=True, help="framewise, built for release from the older sources")
    parser.add_argument("--after", required=True, help="the same from the newer ones")
    parser.add_argument("--frames", required=True, help="what `framewise extract` wrote, to train on")
    parser.add_argument("--annotations", required=True, help="labelled annotations")
    parser.add_argument("--infer-frames", help="to predict (those of --frames)")
    parser.add_argument("--infer-annotations", help="to predict (without it only `fit` is compared)")
    parser.add_argument("--recipes", nargs="*", choices=list(RECIPES), default=["plain", "pgd"], help="parts of the recipe")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--steps", type=int, default=40, help="of a training (40)")
    parser.add_argument("--skip", type=int, default=10, help="steps at the beginning that do not count (10)")
    parser.add_argument("--preset", default="tiny")
    parser.add_argument("--batch", type=int, default=32, help="videos a step, which the preset says (32)")
    parser.add_argument("--fit-options", default="", help="more options of `fit`, for both sides")
    parser.add_argument("--before-options", default="", help='options of every command of one side, as "--threads 2"')
    parser.add_argument("--after-options", default="")
    arguments = parser.parse_args()
    arguments.infer_frames = arguments.infer_frames or arguments.frames
    # A rate takes two steps, and the first one that counts only begins the time.
    if not 0 <= arguments.skip <= arguments.steps - 2:
        parser.error("--skip leaves at least 2 of --steps")
    return arguments


def main():
    arguments = parsed()
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(arguments, folder)
        for number in range(1, arguments.rounds + 1):
            comparison.round(number)
        comparison.table()


main()
