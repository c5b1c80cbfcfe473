#!/usr/bin/env bash
# Tries a bundle of scripts/gpu_bundle.sh where nothing else is: in a Debian 12 of its own, made with debootstrap, with Python,
# without Swift and without the libraries that Framewise is built with. It computes on the processor.
#
#     scripts/check_gpu_bundle.sh BUNDLE TORCH [MIRROR]
#
# TORCH is the `torch` folder of an environment of Debian 12's Python (3.11) with torch and transformers: what it lies in, of
# which a wheel for CUDA needs more than itself, is mounted there. Wants root, debootstrap and unshare, 1 GiB in TMPDIR, and a
# mirror of Debian.
set -euo pipefail

fail() {
  printf 'check_gpu_bundle: %s\n' "$@" >&2
  exit 1
}

# The mounts below are this process's own, and go with it.
if [ -z "${CHECK_GPU_BUNDLE-}" ]; then
  [ $# = 2 ] || [ $# = 3 ] || fail "usage: scripts/check_gpu_bundle.sh BUNDLE TORCH [MIRROR]"
  [ "$(id -u)" = 0 ] || fail "this wants to be root: it mounts, and changes its root."
  for tool in debootstrap unshare; do command -v $tool >/dev/null || fail "$tool is missing."; done
  CHECK_GPU_BUNDLE=1 exec unshare --mount --propagation private "$0" "$@"
fi

bundle=$(realpath "$1")
torch=$(realpath "$2")
root=$(mktemp --directory)
trap 'umount --lazy "$root/proc" "$root/sys" "$root/environment" 2>/dev/null; rm -rf --one-file-system "$root"' EXIT

echo "making a Debian 12 in $root" >&2
debootstrap --variant=minbase --include=python3 bookworm "$root" ${3+"$3"} >"$root.log" 2>&1 ||
  fail "debootstrap failed:" "$(tail "$root.log")"
rm "$root.log"
mount -t proc proc "$root/proc"
# Libraries look there which processor they compute on.
mount --bind -o ro /sys "$root/sys"
mkdir -p "$root/environment" "$root/srv/other place" "$root/newer/lib"
mount --bind -o ro "$(dirname "$torch")" "$root/environment"
# As it travels, and to a folder whose name wants quoting.
tar --create --directory "$(dirname "$bundle")" "$(basename "$bundle")" |
  tar --extract --directory "$root/srv/other place" --transform "s,^$(basename "$bundle"),gpu,"
# What a later libtorch looks like.
touch "$root/newer/lib/libtorch_cpu.so"
echo "__version__ = '9.9.0+cu130'" >"$root/newer/version.py"

# Runs a command line in that Debian, in the bundle, with nothing of this environment.
there() {
  env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    chroot "$root" bash -c "cd '/srv/other place/gpu' && $1"
}

# succeeds TEXT COMMAND: it ends with 0, and its output has the text; fails likewise, with another exit code.
try() {
  echo "\$ $2" >&2
  status=0
  there "$2" 2>&1 | tee "$root/output" | sed 's/^/  /' >&2 || status=$?
  grep --quiet --fixed-strings -- "$1" "$root/output" || fail "'$1' is not in what this printed: $2"
}
succeeds() { try "$@"; [ "$status" = 0 ] || fail "exit code $status: $2"; }
fails() { try "$@"; [ "$status" != 0 ] || fail "this should have failed: $2"; }

# As somebody calls it who has torch in their Python.
run='PYTHONPATH=/environment ./run.sh'
frames='--annotations data/labeled.json --frames data/frames/labeled'

fails 'which libtorch?' './run.sh framewise --version'
fails '/etc holds no libtorch' './run.sh --torch /etc'
fails '/nowhere is no folder' './run.sh --torch /nowhere'
fails 'is libtorch 9.9, and the programs were built against' './run.sh --torch /newer framewise --version'

succeeds 'not in this build' "./run.sh --torch /environment/$(basename "$torch") framewise --version"
fails 'this build of framewise reads no videos' "$run framewise extract --videos videos --out frames"
succeeds 'Not in this build' "$run framewise help serve"
succeeds 'report.html' "$run framewise fit $frames --folds 2 --preset tiny --out /tmp/run \
  --set backbone.img_size=64 --set training.epochs=1"
succeeds '40 complete' "$run framewise infer --run /tmp/run --annotations data/test.json --frames data/frames/test \
  --out /tmp/submission.csv"
succeeds 'mean F1' "$run framewise evaluate /tmp/submission.csv data/truth.csv"
# All but the script beside it, which needs nothing of the bundle, and a quarter of an hour to compile.
succeeds 'results are in' "$run --device cpu --small --seconds 1200 --skip peer --out /tmp/results"
# The one that was to be interrupted ends with another one.
failed=$(grep -E '"exit_status": [1-9]' "$root/tmp/results/results.jsonl" | grep -v '"what": "interrupted"' || true)
[ -z "$failed" ] || fail "gpu.sh says that these did not end well:" "$failed"

echo "the bundle runs where nothing else is" >&2
