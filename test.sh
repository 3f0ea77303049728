#!/usr/bin/env bash
# Builds Avow twice (plain, and with ASan + UBSan), runs every test of both, and lints what changed.
#   ./test.sh                the lot
#   ./test.sh --tidy-all     clang-tidy on every file instead of the changed ones
set -euo pipefail
cd "$(dirname "$0")"
source ./packages.sh

tidy_all=no
for argument in "$@"; do
  case $argument in
    --tidy-all) tidy_all=yes ;;
    *) echo "usage: ./test.sh [--tidy-all]" >&2; exit 2 ;;
  esac
done

started=$(date +%s)
say() { printf '\n== %s (%s s)\n' "$1" "$(($(date +%s) - started))"; }

say "packages"
install_missing "${build_packages[@]}" "${test_packages[@]}"

if [ -z "${AVOW_VECTORS:-}" ] && [ -d ../shared/vectors ]; then
  AVOW_VECTORS=$(cd ../shared/vectors && pwd)
fi
export AVOW_VECTORS=${AVOW_VECTORS:-}
if [ -n "$AVOW_VECTORS" ]; then
  echo "official test vectors: found"
else
  echo "official test vectors: NOT FOUND. Tests that need them are skipped and say so; set AVOW_VECTORS to their folder."
fi

say "format"
git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run --Werror

say "lint"
mkdir -p build/lint
cmake --preset dev -B build/lint -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >build/lint/configure.log 2>&1 ||
  { cat build/lint/configure.log; exit 1; }
base=$(git merge-base HEAD origin/main 2>/dev/null || true)
[ -n "$base" ] && [ "$base" != "$(git rev-parse HEAD)" ] || base=$(git rev-parse -q --verify HEAD~1 || git hash-object -t tree /dev/null)
if [ $tidy_all = yes ]; then
  git ls-files '*.cpp' >build/lint/files
else
  git diff --name-only --diff-filter=d "$base" -- '*.cpp' >build/lint/files
fi
mapfile -t files <build/lint/files
echo "clang-tidy: ${#files[@]} files"
if [ ${#files[@]} -gt 0 ]; then
  printf '%s\0' "${files[@]}" | xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p build/lint 2>/dev/null
fi

status=0
for preset in dev asan; do
  say "build $preset"
  build_preset "$preset"
  say "test $preset"
  ctest --preset "$preset" --no-tests=error --output-on-failure -j "$(nproc)" 2>&1 | tee "build/$preset/test.log" || status=1
done

say "totals"
passed=$(cat build/{dev,asan}/test.log | grep -cE '^ *[0-9]+/[0-9]+ Test .* Passed' || true)
failed=$(cat build/{dev,asan}/test.log | grep -cE '^ *[0-9]+/[0-9]+ Test .*(\*\*\*|Not Run)' || true)
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] && exit $status
exit 1
