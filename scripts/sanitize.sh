#!/usr/bin/env bash
# AddressSanitizer over our own C and C++, driven by the tests of the rooms that call it. Leaks are not looked for: the
# libraries keep what they allocate once. Two parts cannot run under it: CSentencePiece, whose library has to be loaded with
# RTLD_DEEPBIND, which the sanitizer refuses, and the extraction's workers, whose memory limit has no room for it.
#   scripts/sanitize.sh [TESTS]    a filter of swift test; all rooms that can be checked without it
set -euo pipefail
cd "$(dirname "$0")/.."

tests=${1:-'TorchTests|NNTests|ImagesTests|MediaTests'}
swift build --build-tests --sanitize address --scratch-path .build-asan
# libtorch's and protobuf's C++ differ in how they were compiled: no checks of their containers.
ASAN_OPTIONS=detect_leaks=0:detect_container_overflow=0 \
  swift test --skip-build --sanitize address --scratch-path .build-asan --filter "$tests"
