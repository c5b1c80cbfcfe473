#!/usr/bin/env bash
# Kills extract and its workers at random moments, and compares what comes out with an undisturbed run, byte for byte.
#   scripts/kill_extract.sh [--seed N] [--kills N] [--workers N] VIDEOS ANNOTATIONS
set -euo pipefail
cd "$(dirname "$0")/.."

seed=1 kills=20 workers=$(nproc)
while [ $# -gt 0 ]; do
  case $1 in
    --seed) seed=$2 ;;
    --kills) kills=$2 ;;
    --workers) workers=$2 ;;
    *) break ;;
  esac
  shift 2
done
[ $# = 2 ] || { echo "usage: scripts/kill_extract.sh [--seed N] [--kills N] [--workers N] VIDEOS ANNOTATIONS" >&2; exit 64; }

swift build --configuration release --product framewise >&2
swift build --configuration release --product framewise-extract-worker >&2
bin=$(swift build --configuration release --show-bin-path)
folder=$(mktemp --directory)
trap 'rm -rf "$folder"' EXIT
RANDOM=$seed

extract=("$bin/framewise" extract --videos "$1" --annotations "$2" --shard-size 50)

start=$(date +%s%N)
"${extract[@]}" --workers 1 --out "$folder/whole" 2>/dev/null
took=$((($(date +%s%N) - start) / 1000000)) # ms; a kill comes after up to an eighth of it
fired=0 supervisors=0
while true; do
  "${extract[@]}" --workers "$workers" --out "$folder/killed" >/dev/null 2>&1 &
  process=$!
  while [ $fired -lt "$kills" ]; do
    wait=$((600 + RANDOM * 32768 % (took / 8 + 1) + RANDOM % 300))
    sleep "$(printf '%d.%03d' $((wait / 1000)) $((wait % 1000)))"
    kill -0 $process 2>/dev/null || break
    mapfile -t victims < <(pgrep --parent $process || true)
    victims+=("$process")
    victim=${victims[RANDOM % ${#victims[@]}]}
    kill -9 "$victim" 2>/dev/null || continue
    fired=$((fired + 1))
    [ "$victim" != "$process" ] || supervisors=$((supervisors + 1))
  done
  wait $process 2>/dev/null && status=0 || status=$?
  [ $status != 0 ] || { [ $fired -ge "$kills" ] && break || rm -rf "$folder/killed"; }
  [ $status = 0 ] || [ $status = 137 ] || { echo "kill_extract: extract ended with $status" >&2; exit 1; }
done
diff --recursive --brief "$folder/whole" "$folder/killed"
echo "seed $seed: $fired kills, $supervisors of them of extract itself, $workers workers: the same bytes"
