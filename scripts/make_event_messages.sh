#!/usr/bin/env bash
# Makes Sources/Reports/TensorBoard/Messages/EventMessages.pb.swift anew from scripts/tensorboard_event.proto. It is
# checked in: a plugin would compile protoc itself, ten minutes of every first build.
#
# Needs Debian's protobuf-compiler, and protoc-gen-swift of the swift-protobuf that Package.swift names:
#   swift build --product protoc-gen-swift      in a checkout of it
set -euo pipefail
cd "$(dirname "$0")/.."

plugin=${1:?usage: scripts/make_event_messages.sh PATH-OF-protoc-gen-swift}
out=Sources/Reports/TensorBoard/Messages
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

protoc --plugin=protoc-gen-swift="$plugin" --swift_opt=UseAccessLevelOnImports=true --swift_out="$work" \
  --proto_path=scripts scripts/tensorboard_event.proto
mkdir -p "$out"
mv "$work/tensorboard_event.pb.swift" "$out/EventMessages.pb.swift"
