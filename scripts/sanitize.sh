#!/usr/bin/env bash
# AddressSanitizer over our own C and C++ (CTorch, CSentencePiece, CSandbox and the shims), driven by the tests of the rooms
# that call it. Leaks are not looked for: the libraries keep what they allocate once.
#   scripts/sanitize.sh [TESTS]    a filter of swift test; all concerned rooms without it
set -euo pipefail
cd "$(dirname "$0")/.."

tests=${1:-'TorchTests|TextTests|ImagesTests'}
swift build --build-tests --sanitize address --scratch-path .build-asan
# libtorch's and protobuf's C++ differ in how they were compiled: no checks of their containers.
ASAN_OPTIONS=detect_leaks=0:detect_container_overflow=0 \
  swift test --skip-build --sanitize address --scratch-path .build-asan --filter "$tests"
