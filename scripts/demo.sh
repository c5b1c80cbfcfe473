#!/usr/bin/env bash
# The whole way on videos of its own: synth, extract, fit ten folds, infer, evaluate. Run by `make demo`.
# Everything goes to demo/ in the project, which is emptied first.
set -euo pipefail
cd "$(dirname "$0")/.."

program=.build/release/framewise
out=demo
stage='starting'

[ -x "$program" ] || { echo "demo: $program is not built; run 'make demo' or 'make build'." >&2; exit 1; }
trap 'status=$?; [ $status = 0 ] || echo "demo: failed while $stage (exit code $status)." >&2' EXIT

# next NUMBER WHAT: announces a stage with the time since the start.
next() {
  stage=$2
  printf '\n[%s/5] %s  (%d:%02d)\n' "$1" "$2" $((SECONDS / 60)) $((SECONDS % 60)) >&2
}

# Shows a command as a user would type it, and runs it.
run() {
  printf '$ framewise %s\n' "$*" >&2
  "$program" "$@"
}

rm -rf "$out"

next 1 'drawing and encoding 200 videos of 12 categories'
run synth --out "$out" --videos 200 --classes 12

next 2 'extracting frames'
run extract --videos "$out/videos" --annotations "$out/labeled.json" --out "$out/frames/labeled"
run extract --videos "$out/videos" --annotations "$out/test.json" --out "$out/frames/test"
run contact-sheet --frames "$out/frames/labeled" --annotations "$out/labeled.json" --out "$out/sheet.html"

next 3 'fitting ten folds'
# 144 videos are few steps at the preset's batch and epochs; the shapes are as plain at 64 pixels.
run fit --frames "$out/frames/labeled" --annotations "$out/labeled.json" --folds 10 --preset tiny --out "$out/run" \
  --set backbone.img_size=64 --set training.batch_size=8 --set training.epochs=10

next 4 'inferring the test videos'
run infer --run "$out/run" --frames "$out/frames/test" --annotations "$out/test.json" --out "$out/submission.csv"

next 5 'evaluating against the truth'
run evaluate "$out/submission.csv" "$out/truth.csv"

cat >&2 <<END

Done in $((SECONDS / 60)) min $((SECONDS % 60)) s. Look at
  $out/videos/            the videos
  $out/frames/            their frames as WebDataset shards, with a ledger of what could not be read
  $out/sheet.html         the frames of 100 of them, for a browser
  $out/run/report.html    what came of it: scores, curves, confusions, the surest errors, for a browser
  $out/run/               folds, out-of-fold predictions, scores
  $out/submission.csv     one line id,category_id for each test video
  $out/submission.predictions.jsonl  the same with probabilities
Ask it about videos in a browser:
  $program serve --run $out/run
END
