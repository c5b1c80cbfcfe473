#!/usr/bin/env bash
# The readers of published files under libFuzzer and AddressSanitizer: safetensors, pickle, tokenizer.json, SentencePiece.
#   scripts/fuzz_readers.sh [--seconds N] [--keep DIR] [READER…]
# What is found lies in DIR (default: fuzz-findings) as a file to be read again: the same command with READER and that file
# in place of the options. A crash, a trap, an allocation above 256 MiB or an input that takes 20 seconds ends a reader's turn.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=600 keep=fuzz-findings
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2 ;;
    --keep) keep=$2 ;;
    --*) echo "fuzz: unknown option '$1'" >&2; exit 64 ;;
    *) break ;;
  esac
  shift 2
done

FRAMEWISE_FUZZ=1 swift build --product reader-fuzzer --scratch-path .build-fuzz --sanitize address \
  -Xswiftc -sanitize=fuzzer -Xswiftc -O -Xswiftc -use-ld=lld >&2
fuzzer=.build-fuzz/debug/reader-fuzzer

# libtorch's and protobuf's C++ differ in how they were compiled: no checks of their containers.
export ASAN_OPTIONS=detect_leaks=0:detect_container_overflow=0:allocator_may_return_null=1
# In memory where there is such a place: a disk would be written to for each input.
folder=$(mktemp --directory --tmpdir="$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$folder"' EXIT
export READER_FOLDER=$folder

if [ $# -eq 2 ] && [ -f "$2" ]; then READER=$1 exec "$fuzzer" "$2"; fi
[ $# -gt 0 ] || set -- safetensors pickle tokenizer sentencepiece
mkdir -p "$keep"
for reader in "$@"; do
  mkdir "$folder/$reader"
  case $reader in
    safetensors) seeds=(Tests/TorchTests/Fixtures/*.safetensors) ;;
    pickle) seeds=(Tests/TorchTests/Fixtures/*.pt) ;;
    tokenizer) seeds=(Tests/ReaderFuzzer/Corpus/*.json) ;;
    sentencepiece) seeds=(Tests/TextTests/Fixtures/published/xlm_roberta_slow/*.model) ;;
    *) echo "fuzz: no reader '$reader'" >&2; exit 64 ;;
  esac
  cp "${seeds[@]}" "$folder/$reader"
  echo "$reader, $seconds s"
  READER=$reader "$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -malloc_limit_mb=256 -max_len=32768 \
    -print_final_stats=1 -artifact_prefix="$keep/$reader-" -dict=Tests/ReaderFuzzer/keywords.dict "$folder/$reader" 2>&1 |
    grep -E 'INFO: Seed|INITED|DONE|stat::(number_of_executed_units|peak_rss_mb|new_units_added)|ERROR|SUMMARY|Fatal|Test unit' || true
done
! compgen -G "$keep/*" >/dev/null
