#!/usr/bin/env bash
# Damaged uploads at a running server with good ones between: each has to be answered, and the good ones always the same.
#   scripts/fuzz_serve.sh --run RUN [--seed N] [--count N] [VIDEO…]
# Without videos, those of Tests/MediaTests/Fixtures are damaged. The first video, undamaged, is the good one.
set -euo pipefail
cd "$(dirname "$0")/.."

run='' seed=1 count=10000
while [ $# -gt 0 ]; do
  case $1 in
    --run) run=$2 ;;
    --seed) seed=$2 ;;
    --count) count=$2 ;;
    --*) echo "fuzz: unknown option '$1'" >&2; exit 64 ;;
    *) break ;;
  esac
  shift 2
done
[ -n "$run" ] || { echo "fuzz: --run is missing" >&2; exit 64; }
videos=("$@")
[ $# -gt 0 ] || mapfile -t videos < <(find Tests/MediaTests/Fixtures -type f ! -name '*.sh' | LC_ALL=C sort)

for product in framewise framewise-extract-worker framewise-serve extraction-probe; do
  swift build --configuration release --product "$product" >&2
done
bin=$(swift build --configuration release --show-bin-path)

folder=$(mktemp --directory)
server=''
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT

"$bin/extraction-probe" mutate "$seed" "$count" "$folder" "${videos[@]}"
"$bin/framewise" serve --run "$run" --port 0 --read-time-limit 20 2> "$folder/messages" &
server=$!
for _ in $(seq 600); do
  grep -q 'listening on' "$folder/messages" && break
  kill -0 "$server" || { cat "$folder/messages" >&2; exit 1; }
  sleep 0.1
done
address=$(sed -n 's/.*listening on //p' "$folder/messages")
python3 scripts/fuzz_serve.py "$address" "$seed" "$folder/videos" "${videos[0]}"
kill "$server"
wait "$server"
echo "the server ended with 0"
