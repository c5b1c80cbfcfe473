#!/usr/bin/env python3
"""The file of results of gpu.sh, a JSON object a line.

    … | gpu_rows.py FILE record STAGE WHAT          what a command prints: each object is a row, each other line one with `text`
    gpu_rows.py FILE end STAGE WHAT STATUS SECONDS LOG   how it ended, and, unless well, the last lines of LOG
    gpu_rows.py FILE batch DEFAULT                  prints the largest batch that `framewise` trained in one round
    gpu_rows.py FILE peak                           prints the measured peak in TFLOPS, or nothing
"""
import json
import sys

LAST_LINES = 12
LONGEST_LINE = 240


class Rows:
    """Rows of one command; each is in the file, and on the terminal, before the next is read."""

    def __init__(self, path, stage, what):
        self.path, self.given = path, {"stage": stage, "what": what}

    def add(self, row):
        if "what" in row:  # The name of a part of what the command does.
            row = {**row, "part": row["what"]}
        line = json.dumps({**row, **self.given}, ensure_ascii=False)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(line + "\n")
        shown = json.dumps({key: value for key, value in row.items() if key not in self.given}, ensure_ascii=False)
        print("        " + (shown if len(shown) <= LONGEST_LINE else shown[:LONGEST_LINE] + "…"), flush=True)


def record(rows, lines):
    started = []  # of an object that takes several lines
    for line in lines:
        if not started and not line.startswith("{"):
            if line.strip():
                rows.add({"text": line.rstrip("\n")})
            continue
        started.append(line)
        try:
            row = json.loads("".join(started))
        except json.JSONDecodeError:
            continue
        rows.add(row)
        started = []
    for line in started:  # An object that was cut off.
        rows.add({"text": line.rstrip("\n")})


def end(rows, status, seconds, log):
    row = {"exit_status": int(status), "seconds": int(seconds)}
    if row["exit_status"]:
        with open(log, encoding="utf-8", errors="replace") as file:
            row["last_lines"] = [line.rstrip("\n")[-500:] for line in file.readlines()[-LAST_LINES:]]
    rows.add(row)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.readlines()
    except FileNotFoundError:
        return []
    rows = []
    for line in lines:
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:  # The line at which the machine was taken away.
            continue
    return rows


def batch(rows, default):
    in_one = [row["batch"] for row in rows
              if row["stage"] == "train" and row["what"].startswith("plain") and row.get("rounds") == 1]
    return max(in_one, default=default)


def peak(rows):
    return next((row["teraflops"] for row in reversed(rows) if row["stage"] == "peak" and "teraflops" in row), "")


def main():
    match sys.argv[1:]:
        case [path, "record", stage, what]:
            record(Rows(path, stage, what), sys.stdin)
        case [path, "end", stage, what, status, seconds, log]:
            end(Rows(path, stage, what), status, seconds, log)
        case [path, "batch", default]:
            print(batch(read(path), int(default)))
        case [path, "peak"]:
            print(peak(read(path)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
