#!/usr/bin/env bash
# Damaged videos through the real command, more workers than processors: none may be lost, and the command must not fail.
#   scripts/fuzz_extract.sh [--seed N] [--count N] [--workers N] [--keep DIR] [VIDEO…]
# Without videos, those of Tests/MediaTests/Fixtures are damaged. The same seed and videos give the same files.
set -euo pipefail
cd "$(dirname "$0")/.."

seed=1 count=2000 workers=$(($(nproc) * 3)) keep=''
while [ $# -gt 0 ]; do
  case $1 in
    --seed) seed=$2 ;;
    --count) count=$2 ;;
    --workers) workers=$2 ;;
    --keep) keep=$2 ;;
    --*) echo "fuzz: unknown option '$1'" >&2; exit 64 ;;
    *) break ;;
  esac
  shift 2
done
videos=("$@")
[ $# -gt 0 ] || mapfile -t videos < <(find Tests/MediaTests/Fixtures -type f ! -name '*.sh' | LC_ALL=C sort)

swift build --configuration release --product framewise >&2
swift build --configuration release --product framewise-extract-worker >&2
swift build --configuration release --product extraction-probe >&2
bin=$(swift build --configuration release --show-bin-path)

folder=${keep:-$(mktemp --directory)}
[ -n "$keep" ] || trap 'rm -rf "$folder"' EXIT

"$bin/extraction-probe" mutate "$seed" "$count" "$folder" "${videos[@]}"
start=$(date +%s)
"$bin/framewise" extract --videos "$folder/videos" --annotations "$folder/annotations.json" --out "$folder/frames" \
  --workers "$workers" --shard-size 100 --time-limit 20 --overwrite
echo "seed $seed, $((${#videos[@]})) originals, $workers workers, $(($(date +%s) - start)) s"
"$bin/extraction-probe" check "$folder/annotations.json" "$folder/frames"
