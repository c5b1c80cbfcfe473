#!/usr/bin/env python3
"""Reads the TensorBoard files of a run with TensorBoard's own reader and compares them with events.jsonl.

    pip install tensorboard
    scripts/check_tensorboard.py runs/first

Exits with 1 at the first fold whose scalars are not those of its events.
"""
import json
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def expected(path):
    """The scalars that events.jsonl tells of: {tag: [(step, value), ...]}."""
    scalars = {}

    def put(tag, step, value):
        scalars.setdefault(tag, []).append((step, value))

    for line in path.read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "step":
            for key in ["loss", "gradient_norm", "videos_per_second"]:
                put(f"step/{key}", event["step"], event[key])
            for group, rate in event["learning_rates"].items():
                put(f"step/learning_rate/{group}", event["step"], rate)
        elif event["event"] == "epoch":
            for key in ["loss", "videos_per_second"]:
                put(f"epoch/{key}", event["epoch"], event[key])
            for name, value in event["scores"].items() if event["videos"] else []:
                put(f"epoch/{name}", event["epoch"], value)
    return scalars


def read(folder):
    """What TensorBoard finds in a folder, all of it."""
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    accumulator.Reload()
    tags = accumulator.Tags()["scalars"]
    scalars = {tag: [(event.step, event.value) for event in accumulator.Scalars(tag)] for tag in tags}
    times = [event.wall_time for tag in tags for event in accumulator.Scalars(tag)]
    return scalars, times


def main(run):
    folds = sorted(path.parent for path in pathlib.Path(run).glob("**/events.jsonl"))
    if not folds:
        sys.exit(f"{run}: there is no run here")
    for fold in folds:
        files = list(fold.glob("events.out.tfevents.*"))
        if len(files) != 1:
            sys.exit(f"{fold}: has {len(files)} files of TensorBoard, not one")
        wanted, (found, times) = expected(fold / "events.jsonl"), read(fold)
        if wanted.keys() != found.keys():
            sys.exit(f"{fold}: other scalars: {sorted(wanted.keys() ^ found.keys())}")
        for tag, points in wanted.items():
            same = len(points) == len(found[tag]) and all(
                step == other_step and math.isclose(value, other, rel_tol=1e-6, abs_tol=1e-30)
                for (step, value), (other_step, other) in zip(points, found[tag])
            )
            if not same:
                sys.exit(f"{fold}: {tag} is not what events.jsonl tells")
        if not all(1.6e9 < time < 4e9 for time in times):
            sys.exit(f"{fold}: has times that are none")
        print(f"{fold}: {len(found)} scalars, {sum(map(len, found.values()))} points, as events.jsonl tells them")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
