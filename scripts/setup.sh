#!/usr/bin/env bash
# Installs what Framewise needs to build on Debian: scripts/setup.sh [--check]
# Does nothing when everything is there. --check only looks, and fails when something is missing.
# With TORCH_HOME set, that libtorch is used and the distribution's is not installed.
set -euo pipefail

minimum_swift=6.2

# What each is for stands in docs/dependencies.md.
packages=(
  ca-certificates git make g++ binutils libc6-dev
  libcurl4 libncurses6 libsqlite3-0 libxml2
  libavformat-dev libavcodec-dev libavutil-dev libswscale-dev
  libturbojpeg0-dev libsentencepiece-dev libzip-dev libarchive-dev zlib1g-dev libseccomp-dev
  nlohmann-json3-dev liblinear-dev libjemalloc-dev
)
torch_packages=(libtorch-dev libopenblas-dev libopenblas0-openmp libopenblas-openmp-dev)

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

say() { printf 'setup: %s\n' "$1" >&2; }

check_only=false
case "${1-}" in
  '') ;;
  --check) check_only=true ;;
  *) fail "unknown option '$1'; usage: scripts/setup.sh [--check]" ;;
esac

# Sets `root` to what runs a command as root; where nothing does, returns 1 with the reason in `no_root`.
root=()
find_root() {
  [ "$(id -u)" != 0 ] || return 0
  no_root="(There is no root and no sudo here.)"
  command -v sudo >/dev/null || return 1
  # sudo may ask for a password, but only somebody who is there to type it.
  no_root="(sudo wants a password, and nobody is here to type it.)"
  sudo --non-interactive true 2>/dev/null || [ -t 0 ] || return 1
  root=(sudo)
}

check_swift_exists() {
  command -v swift >/dev/null ||
    fail "Swift is not installed, or not in PATH. Get $minimum_swift or later from https://www.swift.org/install."
}

check_swift_version() {
  local answer version
  answer=$(swift --version 2>&1 </dev/null) || fail "swift --version fails:" "$answer"
  version=$(sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' <<<"$answer" | head -n 1)
  [ -n "$version" ] || fail "cannot read the version of Swift from:" "$answer"
  [ "$(printf '%s\n' "$minimum_swift" "$version" | sort --version-sort | head -n 1)" = "$minimum_swift" ] ||
    fail "Swift $version is too old. Get $minimum_swift or later from https://www.swift.org/install."
}

check_torch_home() {
  if [ ! -e "$TORCH_HOME/include/ATen/ATen.h" ] || [ ! -e "$TORCH_HOME/lib/libtorch.so" ]; then
    fail "TORCH_HOME=$TORCH_HOME holds no libtorch: it has no include/ATen/ATen.h or no lib/libtorch.so."
  fi
}

check_distribution() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "this is not Debian or a relative of it, so nothing can be installed from here." \
      "Install what these packages of Debian hold, then run 'swift build':" "  ${packages[*]}"
  fi
}

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null | grep --quiet --line-regexp installed ||
      printf '%s\n' "$package"
  done
}

apt() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get --quiet --yes --option DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}

install_missing() {
  local missing install updated=false
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  install=(install --no-install-recommends "${missing[@]}")
  ! $check_only || fail "missing packages: ${missing[*]}"
  find_root || fail "missing packages. Ask an administrator to run:" "  apt-get ${install[*]}" "$no_root"

  say "installing ${missing[*]}"
  # A machine that never ran `apt-get update` knows no packages; old lists name files that are gone.
  if ! apt-get --simulate "${install[@]}" >/dev/null 2>&1; then
    apt update || fail "apt-get update failed; its messages are above."
    updated=true
  fi
  apt "${install[@]}" || { ! $updated && apt update && apt "${install[@]}"; } ||
    fail "apt-get could not install ${missing[*]}" "Its messages are above."
}

# libtorch finds BLAS through these links. The build of OpenBLAS that uses OpenMP shares libtorch's threads. With the
# build that has threads of its own, the two pools fight for the processor and training takes 1.4 times as long.
choose_blas() {
  local library build link choose
  for library in libblas.so.3 liblapack.so.3 libopenblas.so.0; do
    build=$(dpkg-query --listfiles libopenblas0-openmp | grep "/openblas-openmp/$library\$") ||
      fail "the package libopenblas0-openmp holds no $library."
    link=$(dirname "$(dirname "$build")")/$library
    [ "$(readlink --canonicalize "$link")" != "$(readlink --canonicalize "$build")" ] || continue
    choose=(update-alternatives --set "$library-$(basename "$(dirname "$link")")" "$build")
    ! $check_only || fail "$link is not the OpenMP build of OpenBLAS."
    if ! find_root; then
      say "$link is not the OpenMP build of OpenBLAS: training will be slow. Ask an administrator to run:"
      say "  ${choose[*]}"
      continue
    fi
    say "making $link the OpenMP build of OpenBLAS"
    "${root[@]}" "${choose[@]}" >&2
  done
}

if [ -n "${TORCH_HOME-}" ]; then
  check_torch_home
else
  packages+=("${torch_packages[@]}")
fi
check_swift_exists
check_distribution
install_missing
[ -n "${TORCH_HOME-}" ] || choose_blas
check_swift_version
