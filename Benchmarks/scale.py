#!/usr/bin/env python3
"""The highest memory of commands on generated annotations of many videos.

    Benchmarks/scale.py --program .build/release/framewise --work /tmp/scale

See Benchmarks/README.md for the method.
"""
import argparse
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

WORDS = "the pan hot first flour add milk stir wait turn news market today cat rescue 锅 茶 新闻 旅行 教程".split()
SMALL = [
    "--modality", "text", "--threads", "2", "--precision", "fp32", "--max-steps", "2", "--set",
    "text_encoder={hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}",
]


def categories(count):
    return [f"{number // 20:02d}{number % 20:02d}" for number in range(count)]


def write_annotations(path, count, names, seed=1):
    """Entries of some 250 bytes: an id of 19 digits, a title, speech and one text on the screen."""
    draw = random.Random(seed)
    texts = [" ".join(draw.choices(WORDS, k=12)) for _ in range(1000)]
    with (gzip.open(path, "wt", 1) if path.endswith(".gz") else open(path, "w")) as file:
        for number in range(count):
            category = f', "category_id": "{names[number % len(names)]}"' if names else ""
            file.write(
                f'{{"id": "{7_000_000_000_000_000_000 + number * 7919}", "title": "{texts[number % 997]}", '
                f'"asr": "{texts[number % 991]}", "ocr": [{{"time": 1.5, "text": "{number}"}}]{category}}}\n')


class Measured:
    """A command that was run, to its end or until `is_enough` said so: its highest resident memory, and its time."""

    def __init__(self, command, is_enough=None, codes=(0,)):
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid != 0:
                break
            if is_enough and is_enough():
                process.send_signal(signal.SIGINT)
                is_enough = None
                codes = (0, 75, 130)
            time.sleep(0.2)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}")
        self.peak = usage.ru_maxrss * 1024
        self.seconds = time.perf_counter() - begin


def after(seconds, happened):
    """Whether `happened()` has held for so many seconds."""
    since = []

    def is_enough():
        if not since and happened():
            since.append(time.perf_counter())
        return bool(since) and time.perf_counter() - since[0] > seconds

    return is_enough


def holds_some(path, size=1):
    return lambda: os.path.exists(path) and os.path.getsize(path) >= size


def write_fold(path, ids, names, status="no-frames"):
    """Predictions as a fold leaves them, of probabilities that repeat every thousand videos."""
    draw = random.Random(2)
    rows = []
    for _ in range(1000):
        values = [draw.random() ** 4 + 1e-6 for _ in names]
        whole = sum(values)
        values = [float(f"{value / whole:.8g}") for value in values]
        best = max(range(len(names)), key=values.__getitem__)
        table = ",".join(f'"{name}":{value}' for name, value in zip(names, values))
        rows.append(f'"probabilities":{{{table}}},"probability":{values[best]},"status":"{status}"}}')
        rows[-1] = f'{{"category_id":"{names[best]}","id":"%s",' + rows[-1]
    with open(path, "w") as file:
        for number, name in enumerate(ids):
            file.write(rows[number % 1000].replace("%s", name, 1) + "\n")


def write_run(run, count, names, folds=10, epochs=20, steps=200):
    """A run as `fit` leaves it, without models: what its report is made from."""
    os.makedirs(run)
    with open(os.path.join(run, "configuration.yaml"), "w") as file:
        file.write(f"seed: 1\nfolds: {folds}\ntraining:\n  epochs: {epochs}\n")
    ids = [f"{7_000_000_000_000_000_000 + number * 7919}" for number in range(count)]
    with open(os.path.join(run, "folds.jsonl"), "w") as file:
        for number, name in enumerate(ids):
            file.write(f'{{"category_id":"{names[number % len(names)]}","fold":{number % folds},"id":"{name}"}}\n')
    for fold in range(folds):
        folder = os.path.join(run, f"fold-{fold:02d}")
        os.makedirs(folder)
        write_fold(os.path.join(folder, "predictions.jsonl"), ids[fold::folds], names, "complete")
        with open(os.path.join(folder, "events.jsonl"), "w") as file:
            for epoch in range(1, epochs + 1):
                for step in range((epoch - 1) * steps + 1, epoch * steps + 1):
                    file.write(json.dumps({
                        "event": "step", "fold": fold, "epoch": epoch, "step": step, "loss": 4 / epoch, "gradient_norm": 1,
                        "learning_rates": {"backbone": 1e-4, "heads": 1e-3}, "videos_per_second": 9}) + "\n")
                file.write(json.dumps({
                    "event": "epoch", "fold": fold, "epoch": epoch, "loss": 4 / epoch, "skipped_steps": 0,
                    "videos": count // folds, "chosen_by": "mean_f1", "scores": {name: 0.5 for name in (
                        "mean_f1", "level1_micro_f1", "level1_macro_f1", "level2_micro_f1", "level2_macro_f1")},
                    "videos_per_second": 9, "training_seconds": 60, "validation_seconds": 9, "peak_memory": 2**31}) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True, help="a folder for what is generated; made, and not removed")
    parser.add_argument("--entries", type=int, default=10_000_000, help="for validate, extract and infer")
    parser.add_argument("--labelled", type=int, default=1_000_000, help="for the report of fit")
    parser.add_argument("--shown", type=int, default=100_000, help="for framewise report")
    parser.add_argument("--classes", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20, help="for which extract and infer work before they are stopped")
    parser.add_argument("--only", default="validate,extract,infer,report,page")
    options = parser.parse_args()
    program, work = options.program, options.work
    os.makedirs(os.path.join(work, "videos"), exist_ok=True)

    def place(name):
        return os.path.join(work, name)

    def tell(name, what, measured):
        print(f"{name:10} {what:46} {measured.peak / 2**20:8.0f} MiB {measured.seconds:8.0f} s", flush=True)

    wanted = options.only.split(",")
    many = place("many.jsonl")
    if {"validate", "extract", "infer"} & set(wanted) and not os.path.exists(many):
        write_annotations(many, options.entries, None)
    if "validate" in wanted:
        tell("validate", f"{options.entries} entries", Measured([program, "validate", "--annotations", many]))
    if "extract" in wanted:
        out = place("frames")
        shutil.rmtree(out, ignore_errors=True)
        open(place("videos/7000000000000000000.mp4"), "wb").close()
        planned = after(options.seconds, lambda: os.path.exists(os.path.join(out, ".extraction", "plan.json")))
        tell("extract", f"{options.entries} entries, planning and first videos",
             Measured([program, "extract", "--videos", place("videos"), "--annotations", many, "--out", out], planned))
    if "infer" in wanted:
        run, few = place("small-run"), place("few.jsonl")
        if not os.path.exists(os.path.join(run, "report.json")):
            write_annotations(few, 400, categories(20))
            Measured([program, "fit", "--annotations", few, "--out", run, "--folds", "2", *SMALL])
        out = place("submission.csv")
        predicted = after(options.seconds, lambda: any(
            name.startswith((".submission.", "submission.")) and os.path.getsize(place(name)) for name in os.listdir(work)))
        tell("infer", f"{options.entries} entries, list and first predictions",
             Measured([program, "infer", "--run", run, "--annotations", many, "--out", out, "--overwrite"], predicted))
    if "report" in wanted:
        names, labelled, run = categories(options.classes), place("labelled.jsonl"), place("run")
        shutil.rmtree(run, ignore_errors=True)
        if not os.path.exists(labelled):
            write_annotations(labelled, options.labelled, names)
        fit = [program, "fit", "--annotations", labelled, "--out", run, "--folds", "10", *SMALL]
        # Begun and stopped, so that the run and its folds are there; then its folds are finished by hand.
        Measured(fit, after(1, holds_some(os.path.join(run, "fold-00", "events.jsonl"), 0)))
        folds = [[] for _ in range(10)]
        with open(os.path.join(run, "folds.jsonl")) as file:
            for line in file:
                row = json.loads(line)
                folds[row["fold"]].append(row["id"])
        for number, ids in enumerate(folds):
            folder = os.path.join(run, f"fold-{number:02d}")
            os.makedirs(folder, exist_ok=True)
            write_fold(os.path.join(folder, "predictions.jsonl"), ids, names)
            open(os.path.join(folder, "events.jsonl"), "a").close()
        tell("fit", f"report of {options.labelled} videos × {options.classes} classes", Measured(fit))
    if "page" in wanted:
        run, page = place(f"shown-{options.shown}-{options.classes}"), place("report.html")
        if not os.path.exists(run):
            write_run(run, options.shown, categories(options.classes))
        tell("report", f"page of {options.shown} videos × {options.classes} classes",
             Measured([program, "report", run, "--out", page, "--overwrite"]))


main()
