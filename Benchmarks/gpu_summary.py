#!/usr/bin/env python3
"""What gpu.sh measured, as a page of Markdown.

    gpu_summary.py results.jsonl > summary.md

Of a command that ran several times the last time counts. What is missing is said to be, and why.
"""
import json
import sys

from gpu_rows import read

SHARE_OF_PEAK, COMPILED_RATIO, ATTACK_RATIO, HOURS = 0.5, 1.3, 3.0, 3.0
FOLDS, EPOCHS, VIDEOS = 10, 3, 100_000


class Results:
    """The rows of the last time that each command ran, by stage and what it is called."""

    def __init__(self, rows):
        self.runs, under_way = {}, {}
        for row in rows:
            key = row["stage"], row["what"]
            if key not in under_way:
                under_way[key] = self.runs[key] = []
            under_way[key].append(row)
            if "exit_status" in row:
                del under_way[key]

    def rows(self, stage, what):
        return [row for row in self.runs.get((stage, what), []) if "exit_status" not in row]

    def named(self, stage, prefix=""):
        return [what for at, what in self.runs if at == stage and what.startswith(prefix)]

    def one(self, stage, prefix, field):
        """The last row with this field of the commands that are called so."""
        found = [row for what in self.named(stage, prefix) for row in self.rows(stage, what) if field in row]
        return found[-1] if found else None

    def end(self, stage, what):
        ends = [row for row in self.runs.get((stage, what), []) if "exit_status" in row]
        return ends[-1] if ends else None

    def failures(self):
        """What did not end well, but for a fit that was asked to stop; then what was not tried."""
        for stage, what in self.runs:
            end = self.end(stage, what)
            if end is None:
                yield stage, what, "was cut off"
            elif end["exit_status"] and not ((stage, what) == ("fit", "interrupted") and end["exit_status"] == 75):
                yield stage, what, cause(end)
        for stage, prefixes in EXPECTED.items():
            for prefix in prefixes:
                if not self.named(stage, prefix):
                    yield stage, prefix, "did not run"

    # What is measured of framewise and of the script

    def plain(self):
        """The largest batch that was trained in one round; else the last that was tried."""
        found = [self.one("train", what, "videos_per_second") for what in self.named("train", "plain")]
        found = [row for row in found if row]
        in_one = [row for row in found if row.get("rounds") == 1]
        return max(in_one, key=lambda row: row["batch"]) if in_one else found[-1] if found else None

    def ours(self, recipe):
        match recipe:
            case "plain":
                return self.plain()
            case "bf16" | "fp16":
                return self.one("predict", recipe, "videos_per_second")
        return self.one("train", recipe, "videos_per_second")

    def peer(self, recipe, mode):
        name = {"bf16": "infer"}.get(recipe, recipe)
        return self.one("peer", f"{name} {mode}", "videos_per_second")


# What gpu.sh runs of each stage, as it calls it; a batch may follow.
EXPECTED = {
    "machine": ["framewise", "python"], "parity": ["parity"], "fit": ["interrupted", "resumed", "infer", "evaluate"],
    "models": [
        "resnet", "resnest", "efficientnet", "convnext", "swin", "modernbert", "deberta-v2", "two streams", "R-Drop"],
    "peak": ["peak"], "train": ["plain", "pgd", "frozen"], "predict": ["bf16", "fp16"],
    "peer": ["plain eager", "pgd eager", "plain compiled", "infer eager", "pgd compiled"],
    "end-to-end": ["decoding", "cached"],
}


def cause(end):
    said = [line.strip() for line in end.get("last_lines", []) if line.strip()]
    if end["exit_status"] == 124:
        return f"took more than {end['seconds']} s" if end["seconds"] else said[-1]
    return ": ".join([f"exit status {end['exit_status']}", *said[-1:]])


def rate(row, batch=None):
    if row is None:
        return "—"
    other = batch is not None and row.get("batch") not in (None, batch)
    return f"{row['videos_per_second']:.1f}" + (f" (batch {row['batch']})" if other else "")


def ratio(ours, theirs):
    return ours["videos_per_second"] / theirs["videos_per_second"] if ours and theirs else None


def shown(number, form=".2f"):
    return "—" if number is None else f"{number:{form}}"


def percent(part, form=".0f"):
    return "—" if part is None else f"{100 * part:{form}} %"


def table(head, rows):
    lines = ["| " + " | ".join(str(cell) for cell in line) + " |" for line in (head, *rows)]
    return "\n".join([lines[0], "|---|" + "---:|" * (len(head) - 1), *lines[1:]])


RECIPES = {
    "plain": "training, plain", "pgd": "training, PGD of 3 steps", "frozen": "training, frozen backbone",
    "bf16": "prediction, bf16", "fp16": "prediction, fp16",
}


def speeds(results):
    rows = []
    for recipe, name in RECIPES.items():
        ours = results.ours(recipe)
        eager, compiled = results.peer(recipe, "eager"), results.peer(recipe, "compiled")
        batch = ours and ours.get("batch")
        memory = ours and ours.get("peak_memory_mib")
        rows.append([
            name, batch or "—", rate(ours), rate(eager, batch), rate(compiled, batch), shown(ratio(ours, eager)),
            shown(ratio(ours, compiled)), shown(memory, ".0f"),
            shown((eager or compiled or {}).get("peak_memory_mib"), ".0f")])
    return table(["videos a second", "batch", "framewise", "PyTorch", "compiled", "to PyTorch", "to compiled", "MiB",
                  "PyTorch, MiB"], rows)


def share_of_peak(results):
    plain, peak = results.plain(), results.one("peak", "peak", "teraflops")
    if plain is None or peak is None or "teraflops" not in plain:
        return None
    return plain["teraflops"] / peak["teraflops"]


def hours(results):
    pgd = results.ours("pgd")
    # Of ten folds each trains on the nine others.
    return FOLDS * EPOCHS * VIDEOS * (FOLDS - 1) / FOLDS / pgd["videos_per_second"] / 3600 if pgd else None


def goals(results):
    share, peak, duration = share_of_peak(results), results.one("peak", "peak", "teraflops"), hours(results)
    compiled = ratio(results.ours("plain"), results.peer("plain", "compiled"))
    mode = "compiled" if results.peer("pgd", "compiled") else "eager"
    attacked = ratio(results.ours("pgd"), results.peer("pgd", mode))
    of_peak = f" of {peak['teraflops']:.0f} TFLOPS" if peak else ""

    def row(goal, value, text, met):
        return [goal, text, "missing" if value is None else "met" if met(value) else "**not met**"]

    return table(["goal", "measured", ""], [
        row(f"{percent(SHARE_OF_PEAK)} of the measured bf16 peak{of_peak}, plain", share, percent(share, ".1f"),
            lambda share: share >= SHARE_OF_PEAK),
        row(f"{COMPILED_RATIO} times the compiled script, plain", compiled, shown(compiled),
            lambda ratio: ratio >= COMPILED_RATIO),
        row(f"{ATTACK_RATIO:.0f} times the script with PGD ({mode})", attacked, shown(attacked),
            lambda ratio: ratio >= ATTACK_RATIO),
        row(f"{FOLDS} folds × {EPOCHS} epochs × {VIDEOS:,} videos with PGD in {HOURS:.0f} hours", duration,
            f"{shown(duration)} h" if duration else "—", lambda hours: hours < HOURS),
    ])


def machine(results):
    card, python = results.rows("machine", "nvidia-smi"), results.one("machine", "python", "torch")
    program = results.one("machine", "framewise", "framewise")
    parts = [card[0]["text"]] if card and "text" in card[0] else []
    if program:
        parts.append(f"framewise {program['framewise']} with libtorch {program.get('libtorch')}")
    if python:
        parts.append(f"PyTorch {python['torch']}, transformers {python['transformers']}, {python['cores']} cores")
    return "; ".join(parts) + "." if parts else "Which machine it was is missing."


def parity(results):
    checks = [row for row in results.rows("parity", "parity") if "passed" in row]
    if not checks:
        return "Parity with the processor: missing."
    failed = [row for row in checks if not row["passed"]]
    text = f"Parity with the processor: {len(checks) - len(failed)} of {len(checks)} hold."
    return "\n".join([text, ""] * bool(failed) or [text]) + "".join(
        f"- {row.get('part')} does not: {row.get('difference')}, at most {row.get('limit')}\n" for row in failed)


def models(results):
    ends = [results.end("models", what) for what in results.named("models")]
    if not ends:
        return "A step of each other kind of model: missing."
    well = sum(end is not None and end["exit_status"] == 0 for end in ends)
    return f"A step of each other kind of model: {well} of {len(EXPECTED['models'])} ended well."


def fit(results):
    interrupted, resumed = (results.one("fit", name, "fit_status") for name in ("interrupted", "resumed"))
    infer, scored = results.one("fit", "infer", "videos"), results.one("fit", "evaluate", "count")
    if not interrupted:
        return "A fit, interrupted and resumed: missing."
    parts = [f"A fit, interrupted after {interrupted['steps']} steps, ended with {interrupted['fit_status']}"]
    if resumed:
        place = "".join(f" from step {at.get('step')} of fold {at.get('fold')}" for at in resumed["resumed"])
        parts.append(f"the same command went on{place or ' from the start'} and ended with {resumed['fit_status']} after "
                     f"{resumed['steps']} more")
    if infer and scored:
        complete = "" if infer["videos"] == scored["count"] else f", of {scored['count']}"
        parts.append(f"`infer` wrote {infer['videos']} predictions{complete}, with a mean F1 of {mean_f1(scored)}")
    return "; ".join(parts) + "."


def mean_f1(scored):
    if "mean_f1" in scored:
        return f"{scored['mean_f1']:.3f}"
    scores = [scored[level][kind] for level in ("level1", "level2") for kind in ("micro_f1", "macro_f1")]
    return f"{sum(scores) / 4:.3f}"


def end_to_end(results):
    decoding, cached = (results.one("end-to-end", name, "videos_per_second") for name in ("decoding", "cached"))
    if not (decoding and decoding["videos_per_second"]):
        return "From shards: missing."
    text = f"From shards, every frame decoded: {rate(decoding)} videos a second in batches of {decoding['batch']}"
    if cached and cached["videos_per_second"]:
        waits = 1 - decoding["videos_per_second"] / cached["videos_per_second"]
        text += f"; decoded before, {rate(cached)}, so that decoding costs {percent(max(0, waits))} of the time"
    return text + "."


def phases(results):
    plain = results.plain()
    if not plain or not plain.get("phases_ms"):
        return "Where the time goes: missing."
    total = plain.get("step_ms") or sum(plain["phases_ms"].values())
    rows = [[name, f"{time:.1f}", percent(time / total)] for name, time in plain["phases_ms"].items()]
    return f"A plain step of {plain['batch']} videos takes {total:.1f} ms:\n\n" + table(["phase", "ms", "share"], rows)


def page(results):
    missing = [f"- {stage}, {what}: {cause}" for stage, what, cause in results.failures()]
    parts = [
        "# On a GPU", machine(results), speeds(results), goals(results), parity(results), models(results), fit(results),
        end_to_end(results), phases(results)]
    if missing:
        parts.append("Missing, or not as it should be:\n\n" + "\n".join(missing))
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.stdout.write(page(Results(read(sys.argv[1]))))
