#!/usr/bin/env bash
# What framewise does on a GPU, and a PyTorch script of the same model beside it, in eight minutes. See
# Benchmarks/README.md.
set -euo pipefail

usage() {
  cat <<'END'
usage: gpu.sh [options]
  --out DIR          for results.jsonl, to which what is measured is appended as it comes, the logs of the commands and
                     summary.md (gpu-results)
  --device D         cuda, cuda:N or cpu (cuda)
  --bin DIR          framewise and training-benchmark (programs of the bundle; .build/release of a checkout)
  --data DIR         labeled.json, test.json, truth.csv, frames/labeled, frames/test (data of the bundle; demo of a
                     checkout, which `make demo` makes)
  --python FILE      Python 3.10 or later with torch and transformers (python3)
  --only "STAGE …"   these stages alone
  --skip "STAGE …"   all but these
  --batches "N …"    videos a step; the largest that is trained in one round counts ("128 64")
  --seconds N        for all stages together, of which each has its share (480)
  --small            sizes for a processor

stages: machine parity models fit peak train predict peer end-to-end summary

  gpu.sh --out results
  gpu.sh --out results --only "peer summary"        # again, or what was cut off; the last rows count
  gpu.sh --device cpu --small --seconds 1200 --only "machine parity fit"
END
}

here=$(cd "$(dirname "$0")" && pwd)
stages='machine parity models fit peak train predict peer end-to-end summary'
out=gpu-results device=cuda bin='' data='' python=python3 only=$stages skip='' batches='128 64' seconds=480 small=''

while [ $# -gt 0 ]; do
  case "$1" in
    --out | --device | --bin | --data | --python | --only | --skip | --batches | --seconds)
      [ $# -ge 2 ] || { usage >&2; exit 64; }
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    --small) small=yes; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
  esac
done
for name in $only $skip; do
  [[ " $stages " = *" $name "* ]] || { echo "no stage is called $name" >&2; usage >&2; exit 64; }
done
# In a bundle everything is beside this script; a checkout has it a folder above.
home=$here own_bin=$here/programs own_data=$here/data
if [ ! -d "$here/vocab" ]; then
  home=$(dirname "$here")
  own_bin=$home/.build/release own_data=$home/demo
fi
bin=${bin:-$own_bin} data=${data:-$own_data}
command -v "$python" >/dev/null || { echo "no Python at $python" >&2; exit 66; }
mkdir -p "$out/logs"
for name in out bin data; do
  printf -v "$name" '%s' "$(realpath --canonicalize-missing "${!name}")"
done
[[ "$python" != */* ]] || python=$(realpath --no-symlinks "$python")
# training-benchmark looks for vocab/ here.
cd "$home"

# Seconds of each stage, of 480 in all. What one leaves, those behind it may use.
declare -A share=([machine]=35 [parity]=45 [models]=40 [fit]=45 [peak]=15 [train]=80 [predict]=35 [peer]=150 [end-to-end]=30 [summary]=5)

preset=base peak_size=8192 our_steps=(--steps 15) our_attack=(--steps 6) peer_steps=(--steps 15 --warm-up 4)
peer_attack=(--steps 6 --warm-up 2)
fit_settings=(--set training.batch_size=16 --set training.epochs=8) interrupt_after=10
real_settings=(--set training.batch_size=16 --set training.epochs=3)
if [ -n "$small" ]; then
  preset=tiny peak_size=512 batches=8 our_steps=(--steps 2) our_attack=(--steps 1) peer_steps=(--steps 2 --warm-up 1)
  peer_attack=(--steps 1 --warm-up 1) interrupt_after=3
  fit_settings=(--set training.batch_size=16 --set training.epochs=2 --set backbone.img_size=32)
  real_settings=(--set training.batch_size=16 --set training.epochs=2 --set backbone.img_size=32)
fi

small_text='hidden_size: 256, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 512'

results=$out/results.jsonl
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
# Nothing that an earlier run compiled.
export TORCHINDUCTOR_CACHE_DIR=$work/inductor

rows() { "$python" "$here/gpu_rows.py" "$results" "$@"; }

say() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }

left() { echo $((deadline - SECONDS)); }

# run WHAT LIMIT COMMAND…: rows of what it prints, and one of how it ended, with whose status it returns. The limit is in
# seconds of 480.
run() {
  local what=$1 limit=$(($2 * seconds / 480)) status=0 begin=$SECONDS
  local log="$out/logs/$stage-${1// /-}.log"
  shift 2
  [ "$limit" -le "$(left)" ] || limit=$(left)
  say "$stage, $what: at most $limit s"
  if [ "$limit" -lt 2 ]; then
    echo 'no time was left' >"$log"
    status=124
  else
    # Both statuses of `timeout` are the command's own, or 124, or 137 of one that did not end when it was asked to.
    timeout --kill-after=5 "$limit" "$@" </dev/null 2>"$log" | rows record "$stage" "$what" || status=$?
  fi
  rows end "$stage" "$what" "$status" "$((SECONDS - begin))" "$log"
  return "$status"
}

benchmark() { run "$1" "$2" "$bin/training-benchmark" "${@:3}" --device "$device"; }

peer() {
  run "$1" "$2" "$python" "$here/peers/train_gpu.py" --device "$device" --preset "$preset" --batch "$batch" "${@:3}"
}

machine() {
  [ "$device" = cpu ] || run nvidia-smi 10 nvidia-smi --format=csv,noheader \
    --query-gpu=name,memory.total,driver_version,clocks.max.sm,power.limit,clocks.sm,temperature.gpu
  run framewise 30 "$bin/framewise" --version --json
  # torch.compile wants a C compiler. The import is also what makes the next ones quick.
  run python 40 "$python" -c '
import json, os, platform, shutil, torch, transformers
import transformers.models.bert.modeling_bert
print(json.dumps({
    "python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__,
    "cuda": torch.version.cuda, "cores": len(os.sched_getaffinity(0)), "compiler": shutil.which("cc") or shutil.which("gcc"),
    "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"}))'
}

parity() { benchmark parity 60 parity; }

# A step of each kind of model, side by side, since one that fails would take the others with it.
models() {
  local architecture runs=()
  # Threads of several processes would wait for each other.
  one() { benchmark "$1" 40 train --preset tiny --batch 2 --steps 1 --warm-up 1 --threads 1 "${@:2}" >/dev/null; }
  for architecture in resnet resnest efficientnet convnext swin; do
    one "$architecture" --set "backbone.architecture=$architecture" --set backbone.img_size=64 &
    runs+=($!)
  done
  for architecture in modernbert deberta-v2; do
    one "$architecture" --set "text_encoder={architecture: $architecture, $small_text}" &
    runs+=($!)
  done
  one 'two streams' --set streams.kind=dual --set "training.pooling=[text_first, frames_nextvlad]" &
  runs+=($!)
  one 'R-Drop' --set training.r_drop=1 --set training.two_questions.loss=0.5 &
  runs+=($!)
  wait "${runs[@]}" || true
}

fit() {
  local command=("$bin/framewise" fit --frames "$data/frames/labeled" --annotations "$data/labeled.json" --folds 2
    --preset tiny --no-floor --device "$device" --out "$work/run" --json "${fit_settings[@]}")
  run interrupted 30 "$python" "$here/gpu_fit.py" --interrupt-after "$interrupt_after" -- "${command[@]}"
  run resumed 40 "$python" "$here/gpu_fit.py" -- "${command[@]}"
  run infer 20 "$bin/framewise" infer --run "$work/run" --frames "$data/frames/test" --annotations "$data/test.json" \
    --device "$device" --out "$work/submission.csv" --json
  # It refuses a submission of other videos than those of the truth.
  run evaluate 10 "$bin/framewise" evaluate "$work/submission.csv" "$data/truth.csv" --json
}

peak() { benchmark peak 15 peak --size "$peak_size"; }

train() {
  local count with_peak=()
  count=$(rows peak)
  [ -z "$count" ] || with_peak=(--peak "$count")
  for count in $batches; do
    benchmark "plain $count" 40 train --preset "$preset" --batch "$count" "${our_steps[@]}" "${with_peak[@]}"
  done
  batch=$(rows batch "${batches##* }")
  benchmark "pgd $batch" 40 train --preset "$preset" --batch "$batch" --recipe pgd "${our_attack[@]}" "${with_peak[@]}"
  benchmark "frozen $batch" 30 train --preset "$preset" --batch "$batch" --frozen "${our_steps[@]}" "${with_peak[@]}"
}

predict() {
  local precision
  for precision in bf16 fp16; do
    benchmark "$precision" 25 predict --preset "$preset" --batch "$batch" --precision "$precision"
  done
}

peers() {
  peer 'plain eager' 50 "${peer_steps[@]}"
  peer 'pgd eager' 50 "${peer_attack[@]}" --adversary pgd --attack-steps 3
  peer 'plain compiled' 130 "${peer_steps[@]}" --compile
  peer 'infer eager' 30 "${peer_steps[@]}" --infer
  # What plain compiled is found again.
  [ "$(left)" -lt $((45 * seconds / 480)) ] ||
    peer 'pgd compiled' 130 "${peer_attack[@]}" --adversary pgd --attack-steps 3 --compile
}

# Frames from shards that are decoded in each epoch, and then such that are kept once they are decoded.
end_to_end() {
  local command=("$bin/framewise" fit --frames "$data/frames/labeled" --annotations "$data/labeled.json" --folds 10
    --fold 0 --preset "$preset" --no-floor --device "$device" --json "${real_settings[@]}")
  run decoding 30 "$python" "$here/gpu_fit.py" --batch 16 -- "${command[@]}" --out "$work/decoding" --cache-memory 0
  rm -rf "$work/decoding"
  run cached 30 "$python" "$here/gpu_fit.py" --batch 16 -- "${command[@]}" --out "$work/cached"
  rm -rf "$work/cached"
}

summary() { "$python" "$here/gpu_summary.py" "$results" | tee "$out/summary.md"; }

declare -A body=([peer]=peers [end-to-end]=end_to_end)
deadline=0
for stage in $stages; do
  [[ " $only " = *" $stage "* && " $skip " != *" $stage "* ]] || continue
  deadline=$((deadline + share[$stage] * seconds / 480))
  batch=$(rows batch "${batches##* }")
  # Within such a list a failed command ends nothing.
  "${body[$stage]-$stage}" || true
done
say "results are in $out"
