#!/usr/bin/env bash
# Training speed of framewise and of the padded PyTorch script, interleaved, for parts of the recipe. See
# Benchmarks/README.md.
set -euo pipefail

usage() {
  cat <<'END'
usage: Benchmarks/compare_fit.sh --frames DIR --annotations FILE [options] [-- options of `framewise fit`]
  --frames DIR        what `framewise extract` wrote
  --annotations FILE  labelled annotations
  --vocab FILE        SentencePiece model for the peer (vocab/zh-en-8k.model; "": one id a character)
  --python FILE       Python with torch, timm, transformers, sentencepiece (python3)
  --program FILE      framewise, built for release (.build/release/framewise)
  --threads N         OpenMP threads of either side (number of cores)
  --steps N           training steps of a run, of which the last 20 count (40)
  --rounds N          runs of each side (3)
  --pad max|longest   how the peer pads texts (max)
  --recipes "R …"     what to compare: plain, fgm, pgd (3 steps), r-drop (plain)
END
}

project=$(cd "$(dirname "$0")/.." && pwd)
frames='' annotations='' vocab=$project/vocab/zh-en-8k.model python=python3
program=$project/.build/release/framewise threads=$(nproc) steps=40 rounds=3 pad=max recipes=plain

while [ $# -gt 0 ]; do
  case "$1" in
    --frames | --annotations | --vocab | --python | --program | --threads | --steps | --rounds | --pad | \
      --recipes)
      [ $# -ge 2 ] || { usage >&2; exit 64; }
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    --) shift; break ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
  esac
done
[ -n "$frames" ] && [ -n "$annotations" ] || { usage >&2; exit 64; }
[ -x "$program" ] || { echo "no program at $program: make build" >&2; exit 66; }

work=$(mktemp --directory)
trap 'rm -r "$work"' EXIT
export OMP_NUM_THREADS=$threads

declare -A our_options=([plain]='' [fgm]='--set training.adversary.method=fgm'
  [pgd]='--set training.adversary.method=pgd' [r-drop]='--set training.r_drop=1')
declare -A peer_options=([plain]='' [fgm]='--adversary fgm' [pgd]='--adversary pgd --attack-steps 3' [r-drop]='--r-drop 1')
for recipe in $recipes; do
  [ -n "${our_options[$recipe]+there}" ] || { usage >&2; exit 64; }
done

# ours RECIPE ROUND OPTION…
ours() {
  # shellcheck disable=SC2086 # options are several words
  "$program" fit --frames "$frames" --annotations "$annotations" --out "$work/run-$1-$2" \
    --folds 10 --fold 0 --max-steps "$steps" --preset tiny --json ${our_options[$1]} "${@:3}"
}

peer() {
  # shellcheck disable=SC2086
  "$python" "$project/Benchmarks/peers/train_padded.py" --shards "$frames" --annotations "$annotations" \
    ${vocab:+--vocab "$vocab"} --folds 10 --fold 0 --max-steps "$steps" --threads "$threads" --pad "$pad" \
    ${peer_options[$1]}
}

# Both report in each step the samples a second of the last 20 steps.
rate() {
  "$python" -c '
import json, sys
print([event["videos_per_second"] for event in map(json.loads, sys.stdin) if event["event"] == "step"][-1])
' <"$1"
}

for round in $(seq "$rounds"); do
  # The two take turns at going first, so that neither always has the warmer or the busier machine.
  order=(ours peer)
  [ $((round % 2)) = 1 ] || order=(peer ours)
  for recipe in $recipes; do
    for side in "${order[@]}"; do
      "$side" "$recipe" "$round" "$@" >"$work/$side.jsonl" 2>"$work/$side.log" ||
        { cat "$work/$side.log" >&2; echo "$side failed" >&2; exit 1; }
      rate "$work/$side.jsonl" >>"$work/$side-$recipe.rates"
      printf 'round %d  %-6s  %-4s  %6.1f samples/s\n' "$round" "$recipe" "$side" \
        "$(tail -n 1 "$work/$side-$recipe.rates")"
    done
  done
done

for recipe in $recipes; do
  "$python" -c '
import statistics, sys
ours, peer = ([float(line) for line in open(path)] for path in sys.argv[2:])
ratios = [a / b for a, b in zip(ours, peer)]
print(f"{sys.argv[1]:6}  ours {statistics.median(ours):6.1f}  peer {statistics.median(peer):6.1f} samples/s  "
      f"ratio {statistics.median(ratios):.2f}  (rounds: " + " ".join(f"{r:.2f}" for r in ratios) + ")")
' "$recipe" "$work/ours-$recipe.rates" "$work/peer-$recipe.rates"
done
