# Sourced by demo.sh and test.sh: installs what is missing on Debian 12, as root or with sudo, and says so.

build_packages=(
  build-essential cmake ninja-build ccache mold pkg-config
  libsodium-dev nlohmann-json3-dev libsimdjson-dev libcpp-httplib-dev libsqlitecpp-dev libsqlite3-dev
  libssl-dev zlib1g-dev libcli11-dev libexpected-dev
)
test_packages=(catch2 haproxy librapidcheck-dev clang clang-tidy clang-format libclang-rt-14-dev git iproute2 strace util-linux)

install_missing() {
  local missing=()
  local name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    echo "packages: all present"
    return
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "error: packages are missing: ${missing[*]}" >&2
      echo "why:   this user is not root and there is no sudo" >&2
      echo "fix:   as root: apt-get install --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "packages: installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -qq &&
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
           apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "error: apt-get could not install them; the lines above say why" >&2
    exit 1
  fi
  rm -f "$log"
}

# configure_preset NAME: configures one preset of CMakePresets.json, with $configure_options.
configure_options=()
configure_preset() {
  local options=("${configure_options[@]}")
  mkdir -p "build/$1"
  cmake --preset "$1" "${options[@]}" >"build/$1/build.log" 2>&1 || build_failed "$1"
}

build_failed() {
  tail -n 40 "build/$1/build.log" >&2
  echo "error: the $1 build failed; the lines above say why" >&2
  exit 1
}

# build_preset NAME [target …]: configures and builds.
build_preset() {
  local preset=$1
  shift
  local targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  echo "build $preset: configuring and compiling (log: build/$preset/build.log)"
  configure_preset "$preset"
  cmake --build --preset "$preset" "${targets[@]}" >>"build/$preset/build.log" 2>&1 || build_failed "$preset"
}
