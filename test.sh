#!/usr/bin/env bash
# Builds Avow plain and with ASan + UBSan and runs every test of both; runs the tests with threads under TSan; fuzzes
# what reads strangers' bytes; compares with other implementations, from npm; lints what changed.
#   ./test.sh                the lot
#   ./test.sh --tidy-all     clang-tidy on every file instead of the changed ones
#   ./test.sh --full         TSan for every test, a kill at every write, more random cases, five minutes for each fuzz
#                            target, a million numbers against Node's, the release build, whose compiler sees what -O0
#                            does not, and tests that must fail once a rule is taken out of the code
set -euo pipefail
cd "$(dirname "$0")"
source ./packages.sh

tidy_all=no
fuzz_seconds=30
canonical_count=10000
full=no
# The tests in which threads meet: the database's writer and readers, caches, listeners, gossip, whole nodes' parts. By
# this ctest finds their names (core.database_test) and CMake their files (core/database_test.cpp).
tsan_tests='^core.(database|lru_cache|ed25519)_test|^revocation.status_list_issuer_test|^node.'
for argument in "$@"; do
  case $argument in
    --tidy-all) tidy_all=yes ;;
    --full) fuzz_seconds=300 tsan_tests='.*' canonical_count=1000000 full=yes ;;
    *) echo "usage: ./test.sh [--tidy-all] [--full]" >&2; exit 2 ;;
  esac
done

# Most tests wait for disks, clocks and each other more than for a processor.
test_jobs=$((2 * $(nproc)))

# They make small databases by the thousand, and each write of one waits for the disk. In memory none does; a kill and what
# strace lets fail or get lost are the same there. A container's may be small, or let nothing be executed.
if [ $full = no ] && memory=$(mktemp -d /dev/shm/avow-tests.XXXXXX 2>/dev/null); then
  trap 'rm -rf "$memory"' EXIT
  chmod 1777 "$memory"
  printf '#!/bin/sh\n' >"$memory/runs" && chmod +x "$memory/runs"
  if [ "$(df --output=avail -m "$memory" | tail -n 1)" -ge 4096 ] && "$memory/runs" 2>/dev/null; then
    export TMPDIR=$memory
  fi
fi

# Where the kernel draws addresses from more than 28 bits (vm.mmap_rnd_bits), they fall into the sanitizers' own memory
# and TSan ends at its start; a container may forbid us to ask for fixed ones.
fixed_addresses=()
if setarch -R true 2>/dev/null; then
  fixed_addresses=(setarch -R)
elif [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)" -gt 28 ]; then
  echo "warning: TSan cannot run here: addresses are drawn from more than 28 bits, and setarch -R is forbidden."
  echo "         On the host: sysctl vm.mmap_rnd_bits=28"
fi

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
git ls-files '*.h' '*.cpp' | xargs -n 100 -P "$(nproc)" clang-format --dry-run --Werror

say "lint"
mkdir -p build/lint
cmake --preset dev -B build/lint -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DCMAKE_UNITY_BUILD=OFF >build/lint/configure.log 2>&1 ||
  { cat build/lint/configure.log; exit 1; }
base=$(git merge-base HEAD origin/main 2>/dev/null || true)
[ -n "$base" ] && [ "$base" != "$(git rev-parse HEAD)" ] || base=$(git rev-parse -q --verify HEAD~1 || git hash-object -t tree /dev/null)
if [ $tidy_all = yes ]; then
  git ls-files '*.cpp' >build/lint/files
else
  # A header is read with the source of its name, or with one that includes it.
  git diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.h' | while read -r file; do
    case $file in
      *.cpp) echo "$file" ;;
      *) [ -e "${file%.h}.cpp" ] && echo "${file%.h}.cpp" || git grep -lF "\"$file\"" -- '*.cpp' | sed -n 1p || true ;;
    esac
  done | sort -u >build/lint/files
fi
mapfile -t files <build/lint/files
echo "clang-tidy: ${#files[@]} files"
if [ ${#files[@]} -gt 0 ]; then
  printf '%s\0' "${files[@]}" | xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p build/lint 2>/dev/null
fi
# All tests are built by clang, the release by g++, which at -O2 warns of other things: it reads what changed as well.
configure_preset release
released=()
for file in "${files[@]}"; do
  if grep -qF " $PWD/$file " build/release/build.ninja; then released+=("$PWD/$file^"); fi
done
echo "g++ -O2: ${#released[@]} files"
if [ ${#released[@]} -gt 0 ]; then ninja -C build/release "${released[@]}"; fi

status=0
given_rc_params=${RC_PARAMS:-}  # a seed, to see again what it found
also_failed=()  # of what is in no count
declare -A random_cases=([dev]=40 [asan]=10)
for preset in dev asan; do
  say "build $preset"
  build_preset "$preset"
  say "test $preset"
  # Random cases of each property: memory is looked at in fewer, and threads, further below, in as few.
  [ $full = yes ] || [ -n "$given_rc_params" ] || export RC_PARAMS=max_success=${random_cases[$preset]}
  # At every write in the plain build; with sanitizers some must do, as each kill takes seconds there.
  # So must some walks and histories.
  [ $full = no ] || [ "$preset" != dev ] || export AVOW_KILL_STEP=1 AVOW_RUNS=full
  "${fixed_addresses[@]}" ctest --preset "$preset" --no-tests=error --output-on-failure -j "$test_jobs" 2>&1 |
    tee "build/$preset/test.log" || status=1
  unset AVOW_KILL_STEP AVOW_RUNS
done

if [ $full = yes ]; then
  say "build release"
  build_preset release
fi

say "interop with npm packages"
mkdir -p build/npm
rm -f build/npm/test.tap
npm_skipped=0
for program in node:nodejs npm:npm openssl:openssl; do
  command -v "${program%:*}" >/dev/null || install_missing "${program#*:}"
done
# They stay until the lock file changes, so that only the first run needs the registry.
npm_packages() {
  local here=interop-tests/npm lock
  lock=$(sha256sum <$here/package-lock.json)
  [ "$(cat $here/node_modules/.installed 2>/dev/null)" = "$lock" ] && return
  (cd $here && npm ci --ignore-scripts) >build/npm/install.log 2>&1 && echo "$lock" >$here/node_modules/.installed
}
if npm_packages; then
  # The build with sanitizers, so that they see what others wrote.
  AVOW_BINARY=build/asan/avow AVOW_CANONICAL_COUNT=$canonical_count AVOW_TAP=$PWD/build/npm/test.tap \
    "${fixed_addresses[@]}" node interop-tests/npm/run.js || status=1
elif grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|E50[0-9]' build/npm/install.log; then
  npm_skipped=$(git ls-files 'interop-tests/npm/*_test.js' | wc -l)
  echo "SKIPPED: the npm registry cannot be reached, so nothing was compared with other implementations"
else
  tail -n 20 build/npm/install.log
  echo "error: npm could not install the packages of the lock file; the lines above say why"
  also_failed+=("npm ci")
fi

say "build tsan"
tsan_targets=(core_tests revocation_tests node_tests)
[ "$tsan_tests" != '.*' ] || tsan_targets=(all)
configure_options=("-DAVOW_TEST_FILES=$tsan_tests")
build_preset tsan "${tsan_targets[@]}"
configure_options=()
say "test tsan"
"${fixed_addresses[@]}" ctest --preset tsan --no-tests=error --output-on-failure -R "$tsan_tests" -j "$test_jobs" 2>&1 |
  tee build/tsan/test.log || status=1

say "build fuzz"
build_preset fuzz fuzz
say "fuzz, $fuzz_seconds s each"
# What is found stays in build/fuzz/corpus, so that the next run begins where this one ended.
fuzz() {
  local corpus=build/fuzz/corpus/$1 log=build/fuzz/$1.log seeds=()
  mkdir -p "$corpus"
  case $1 in
    head_fuzz) seeds=(fixtures/http-head/judge/valid) ;;
    message_signature_fuzz) seeds=(fixtures/message-signature/read/valid) ;;
    json_fuzz | canonical_json_fuzz) seeds=(fixtures/agent-capability/claims/valid) ;;
  esac
  if build/fuzz/"$1" -max_total_time="$fuzz_seconds" -max_len=4096 -timeout=10 -print_final_stats=1 \
    -artifact_prefix=build/fuzz/"$1"- "$corpus" "${seeds[@]}" >"$log" 2>&1; then
    echo "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions, nothing found" \
      "($(sed -n 's/^INFO: Seed: /seed /p' "$log"))"
  else
    tail -n 40 "$log"
    echo "$1: FAILED (the input that did it: build/fuzz/$1-…)"
    return 1
  fi
}
export -f fuzz
export fuzz_seconds
git ls-files '*_fuzz.cpp' | xargs -n 1 basename -s .cpp | xargs -P 8 -I{} bash -c 'fuzz {}' || also_failed+=("fuzz")

if [ $full = yes ]; then
  say "rules taken out"
  interop-tests/removed_rules.sh || also_failed+=("rules taken out")
fi

# A test that cannot do all it is for (no strace, no root, no vectors) says NOT RUN or warns, and has not passed.
logs=(build/{dev,asan,tsan}/Testing/Temporary/LastTest.log)
say "faults"
grep -oE '^([a-z_]+_test[ :(]|AVOW_[A-Z_]+: [0-9]+ instead of ).*' "${logs[@]}" | sed -E 's#^build/([a-z]+)/[^:]*:#\1: #' || true
not_run=$(awk '/^[0-9]+\/[0-9]+ Testing: / { name = $NF; notes = "" }
               warned { notes = notes "\n    " $0; warned = 0 }
               /NOT RUN/ { notes = notes "\n    " $0 }
               /: warning:$/ { warned = 1 }
               /^Test Passed\.$/ && notes { print "NOT RUN, or not all of it: " name notes }' "${logs[@]}")
[ -z "$not_run" ] || printf '%s\n' "$not_run"

say "totals"
passed=$(cat build/{dev,asan,tsan}/test.log | grep -cE '^ *[0-9]+/[0-9]+ Test .* Passed' || true)
failed=$(cat build/{dev,asan,tsan}/test.log | grep -cE '^ *[0-9]+/[0-9]+ Test .*(\*\*\*|Not Run)' || true)
tap_sum() { sed -nE "s/^# ($1) ([0-9]+)\$/\2/p" build/npm/test.tap 2>/dev/null | awk '{sum += $1} END {print sum + 0}'; }
passed=$((passed + $(tap_sum pass)))
failed=$((failed + $(tap_sum 'fail|cancelled')))
left_out=$(grep -c '^NOT RUN' <<<"$not_run" || true)
passed=$((passed - left_out))
left_out=$((left_out + $(tap_sum 'skipped|todo')))
echo "$passed passed, $failed failed$([ "$left_out" -eq 0 ] || echo ", $left_out NOT RUN or not all of it")"
[ "$npm_skipped" -eq 0 ] ||
  echo "$npm_skipped files SKIPPED: the npm registry could not be reached for interop-tests/npm"
for part in "${also_failed[@]}"; do echo "failed: $part (above)"; done
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] && [ ${#also_failed[@]} -eq 0 ] && exit $status
exit 1
