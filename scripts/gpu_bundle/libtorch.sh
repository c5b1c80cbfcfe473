# Sourced by gpu_bundle.sh and run.sh: what they want to know of a folder with a libtorch, which is the `torch` of a Python
# environment or the unpacked official zip.

# Prints the version of the libtorch in folder $1, such as 2.11; a line on standard error where there is none.
libtorch_version() {
  local version
  if [ ! -e "$1/lib/libtorch_cpu.so" ]; then
    echo "$1 holds no libtorch: it has no lib/libtorch_cpu.so" >&2
    return 1
  fi
  # Wheels have the one, the official zip has the other.
  version=$(cat "$1/version.py" "$1/build-version" 2>/dev/null |
    sed --quiet --regexp-extended "s/^(__version__ = ')?([0-9]+\.[0-9]+)\..*/\2/p")
  if [ -z "$version" ]; then
    echo "$1 says no version: it has neither version.py nor build-version" >&2
    return 1
  fi
  echo "$version"
}
