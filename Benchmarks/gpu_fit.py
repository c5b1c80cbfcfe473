#!/usr/bin/env python3
"""Runs a `framewise fit … --json`, and says in one line of JSON what its events tell. Ends with its exit status.

    gpu_fit.py [--interrupt-after STEPS] [--batch N] -- framewise fit … --json

After so many steps it gets a SIGINT, once. A step's time is when its line arrives, so that `videos_per_second` is of
the middle of each epoch but the first: the first step of an epoch waits for its frames, the last one may have fewer
videos.
"""
import argparse
import json
import signal
import statistics
import subprocess
import sys
import time


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interrupt-after", type=int, metavar="STEPS", default=0)
    parser.add_argument("--batch", type=int, default=0, help="videos a step, for videos_per_second")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


class Watched:
    """The events of a fit, as they come."""

    def __init__(self):
        self.steps, self.resumed, self.rounds, self.start, self.score = 0, [], 1, {}, None
        self.moments = {}  # of the steps of each fold and epoch

    def take(self, event):
        match event.get("event"):
            case "start":
                self.start = {key: event[key] for key in ("device", "precision", "parameters") if key in event}
            case "resume":
                self.resumed.append({key: event[key] for key in ("fold", "step") if key in event})
            case "step":
                self.steps += 1
                self.moments.setdefault((event["fold"], event["epoch"]), []).append(time.perf_counter())
            case "split":
                self.rounds = event["rounds"]
            case "fold":
                self.score = event.get("best_score")

    def rate(self, batch):
        rates = [batch * (len(moments) - 2) / (moments[-2] - moments[0])
                 for (_, epoch), moments in self.moments.items() if epoch > 1 and len(moments) > 2]
        return statistics.median(rates) if rates and batch else None


def main():
    arguments, watched, asked_to_stop = parsed(), Watched(), False
    with subprocess.Popen(arguments.command, stdout=subprocess.PIPE, text=True) as process:
        # Its time is over, also for writing a checkpoint; what it did is told all the same.
        signal.signal(signal.SIGTERM, lambda *_: process.kill())
        for line in process.stdout:
            try:
                watched.take(json.loads(line))
            except json.JSONDecodeError:
                continue
            if not asked_to_stop and 0 < arguments.interrupt_after <= watched.steps:
                process.send_signal(signal.SIGINT)
                asked_to_stop = True
    row = {
        **watched.start, "steps": watched.steps, "rounds": watched.rounds, "resumed": watched.resumed,
        "interrupted": asked_to_stop, "fit_status": process.returncode, "best_score": watched.score,
    }
    if arguments.batch:
        row |= {"batch": arguments.batch, "videos_per_second": watched.rate(arguments.batch)}
    print(json.dumps(row))
    sys.exit(process.returncode if process.returncode >= 0 else 128 - process.returncode)


if __name__ == "__main__":
    main()
