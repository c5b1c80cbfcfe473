#!/usr/bin/env bash
# Makes the folder that goes to a machine with a GPU (docs/gpu.md): the programs and all that they need but libtorch, which is
# taken there, a dataset, and what measures.
#
#     scripts/gpu_bundle.sh [--torch DIR] [--program FILE] [--out DIR]
#
# DIR is a libtorch of the same version as the one there, with headers (default: TORCH_HOME). FILE is a framewise that draws
# and reads videos (default: .build/release/framewise). The bundle goes to gpu-bundle unless --out says otherwise.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
. "$repository/scripts/gpu_bundle/libtorch.sh"

limit=60 # MiB
torch=${TORCH_HOME-}
program=$repository/.build/release/framewise
out=gpu-bundle

fail() {
  printf 'gpu_bundle: %s\n' "$@" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  [ $# -gt 1 ] || fail "$1 wants a value."
  case $1 in
    --torch) torch=$2 ;;
    --program) program=$2 ;;
    --out) out=$2 ;;
    *) fail "unknown option '$1'; usage: scripts/gpu_bundle.sh [--torch DIR] [--program FILE] [--out DIR]" ;;
  esac
  shift 2
done

[ -n "$torch" ] || fail "which libtorch to build against? --torch DIR or TORCH_HOME says it."
torch=$(realpath "$torch")
torch_version=$(libtorch_version "$torch") || exit 1
program=$(realpath "$program")
[ -x "$program" ] || fail "$program, which is to draw the dataset, is not built: make build."
[ ! -e "$out" ] || fail "$out is there already."
out=$(realpath "$out")
command -v patchelf >/dev/null || fail "patchelf is missing (Debian's package of that name)."
# OpenBLAS is many times as large as all of this together, and here BLAS is for liblinear alone.
blas=$(dirname "$(cc -print-file-name=libblas.so.3)")/blas
[ -e "$blas/libblas.so.3" ] ||
  fail "$blas/libblas.so.3 is missing (Debian's package libblas3, which leaves OpenBLAS in its place)."
swift_runtime=$(swiftc -print-target-info | sed --quiet '/"runtimeLibraryPaths"/{n;s/.*"\(.*\)".*/\1/p}')

cd "$repository"
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
bundle=$work/bundle
programs=$work/programs
mkdir -p "$bundle/data" "$programs/lib"

# --- The programs ------------------------------------------------------------------------------------------------------

scratch=$repository/.build/gpu-bundle
# Of libarchive little is used, and the shared one asks for libxml2 and with it for 31 MB of ICU's tables. A folder that is
# looked in first, and has the static one alone, makes the linker take what is used out of that.
mkdir -p "$scratch/static"
ln -sf "$(cc -print-file-name=libarchive.a)" "$scratch/static/"

build() {
  # Messages name files: not where they are on this machine.
  TORCH_HOME=$torch swift build --configuration release --product "$1" --disable-default-traits \
    --scratch-path "$scratch" -Xswiftc "-L$scratch/static" \
    -Xcc "-ffile-prefix-map=$scratch/=" -Xcc "-ffile-prefix-map=$repository/=" -Xcc "-ffile-prefix-map=$torch/=" >&2
  strip -o "$programs/$1" "$scratch/release/$1"
  # An rpath, not a runpath: the libraries beside find each other by it, too. It replaces those of this machine.
  patchelf --force-rpath --set-rpath '$ORIGIN/lib' "$programs/$1"
}

# What the machine there has: the C and C++ libraries, and libtorch with its own.
provided() {
  case $1 in
    ld-linux-* | libc.so.* | libm.so.* | libdl.so.* | librt.so.* | libpthread.so.* | libresolv.so.* | libutil.so.*) true ;;
    libgcc_s.so.* | libstdc++.so.* | libgomp.so.* | libtorch* | libc10*) true ;;
    *) false ;;
  esac
}

# Copies library $1 and what it needs in its turn.
take() {
  local path folder
  ! provided "$1" && [ ! -e "$programs/lib/$1" ] || return 0
  for folder in "$swift_runtime" "$blas"; do
    [ ! -e "$folder/$1" ] || path=$folder/$1
  done
  path=${path-$(cc "-print-file-name=$1")}
  [ -e "$path" ] || fail "$1, which the programs need, is not to be found."
  strip -o "$programs/lib/$1" "$path"
  take_needed "$programs/lib/$1"
}

needed() { readelf --dynamic --wide "$1" | sed --quiet 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }

take_needed() {
  local name
  for name in $(needed "$1"); do take "$name"; done
}

for name in framewise training-benchmark; do
  build "$name"
  ! needed "$programs/$name" | grep -E '^lib(av|sw(scale|resample)|seccomp)' >&2 ||
    fail "$name is linked to these, which read videos."
  take_needed "$programs/$name"
done
! grep --recursive --files-with-matches --fixed-strings -e "$repository" -e "$torch" "$programs" >&2 ||
  fail "these name folders of this machine."
# Not linked, but opened (Sources/CSentencePiece/Library.cpp).
take libsentencepiece_train.so.0

# The least version of a library whose symbols have versions, by their prefix.
least() { objdump -T "$programs"/framewise "$programs"/training-benchmark "$programs"/lib/* 2>/dev/null |
  grep --only-matching "$1_[0-9.]*" | sort --unique --version-sort | tail -n 1; }

glibc=$(least GLIBC)
cat >"$bundle/versions" <<END
built_against=$torch_version
glibc=${glibc#GLIBC_}
libstdcxx=$(least GLIBCXX)
END

tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --directory "$programs" . |
  gzip -9 --no-name >"$bundle/programs.tar.gz"

# --- The dataset -------------------------------------------------------------------------------------------------------

"$program" synth --out "$work/set" --videos 240 --classes 12 --seconds 2...3 --test 40
for part in labeled test; do
  "$program" extract --videos "$work/set/videos" --annotations "$work/set/$part.json" \
    --out "$bundle/data/frames/$part" --frames-per-second 4 --max-frames 8 --quality 80
done
cp "$work"/set/{labeled.json,test.json,truth.csv} "$bundle/data/"

# --- What measures -----------------------------------------------------------------------------------------------------

cp -r vocab scripts/gpu_bundle/{run.sh,libtorch.sh,README.md} "$bundle/"
cp -r Benchmarks/gpu.sh Benchmarks/gpu_*.py Benchmarks/peers "$bundle/"
rm -rf "$bundle/peers/__pycache__"

# --- Is it small enough? ------------------------------------------------------------------------------------------------

mebibytes() { du --summarize --apparent-size --block-size=1M "$1" | cut -f 1; }

size=$(mebibytes "$bundle")
[ "$size" -le "$limit" ] || fail "the bundle would be $size MiB, and may be $limit."
mv "$bundle" "$out"
echo "$out: $size MiB, of them $(mebibytes "$out/programs.tar.gz") programs ($(mebibytes "$programs") unpacked)" \
  "and $(mebibytes "$out/data") data"
