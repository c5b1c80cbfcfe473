#!/usr/bin/env bash
# Runs gpu.sh, or one of the programs, with the libtorch of this machine:
#
#     ./run.sh [--torch DIR] [what gpu.sh is to be told]
#     ./run.sh [--torch DIR] framewise|training-benchmark [what the program is to be told]
#
# DIR is the `torch` folder of a Python environment, or the unpacked official zip. Without it, the python3 in PATH is asked
# for its torch. Paths behind it are from this folder on.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/libtorch.sh"
# Sets built_against, glibc and libstdcxx.
. "$here/versions"

fail() {
  printf 'run.sh: %s\n' "$@" >&2
  exit 1
}

if [ "${1-}" = --torch ]; then
  torch=$(cd "${2:?run.sh: --torch wants a folder}" 2>/dev/null && pwd) || fail "$2 is no folder."
  shift 2
else
  # Asked where it is, not to load it, which takes seconds.
  torch=$(python3 -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null) ||
    fail "which libtorch? There is no python3 with torch in PATH; --torch DIR names a folder with one."
fi
version=$(libtorch_version "$torch" 2>&1) || fail "$version."
[ "$version" = "$built_against" ] ||
  fail "$torch is libtorch $version, and the programs were built against $built_against: no other will do."

# Less than this unpacks to may be carried to such a machine. What is unpacked appears complete or not at all.
programs=$here/programs
if [ ! -d "$programs" ]; then
  part=$(mktemp -d "$here/.programs.XXXXXX") || fail "the programs are unpacked to $programs, which cannot be made."
  tar --extract --gzip --no-same-owner --file "$here/programs.tar.gz" --directory "$part"
  mv "$part" "$programs"
fi

# The programs find everything else beside themselves; libtorch finds CUDA's libraries in its Python environment.
export LD_LIBRARY_PATH="$torch/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PATH="$programs:$PATH"
framewise --version >/dev/null ||
  fail "framewise does not start here. It needs Linux on x86-64 with glibc $glibc and libstdc++ ($libstdcxx) or later."

cd "$here"
case ${1-} in
  framewise | training-benchmark) exec "$@" ;;
  *) exec bash "$here/gpu.sh" "$@" ;;
esac
