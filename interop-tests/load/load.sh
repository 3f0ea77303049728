#!/usr/bin/env bash
# What a node stands: requests for one second of its CPU, latencies, memory and descriptors, with wrk on loopback.
# In the same run a bare 1 KB echo on the same listener, RAW (libsodium's Ed25519 verification), and slow clients.
#   interop-tests/load/load.sh [--seconds N] [--rate N] [--connections N] [--slow N]
#     --seconds      how long each part lasts (15)
#     --rate         verifications a second (0: as many as go)
#     --connections  of wrk (16)
#     --slow         clients that send a byte a second (200)
set -euo pipefail
cd "$(dirname "$0")/../.."
source ./packages.sh

seconds=15 rate=0 connections=16 slow=200
while [ $# -gt 0 ]; do
  case "$1 ${2:-}" in
    "--seconds "[1-9]*) seconds=$2 ;;
    "--rate "[0-9]*) rate=$2 ;;
    "--connections "[1-9]*) connections=$2 ;;
    "--slow "[1-9]*) slow=$2 ;;
    *) echo "usage: load.sh [--seconds N] [--rate N] [--connections N] [--slow N]" >&2; exit 2 ;;
  esac
  shift 2
done

install_missing "${build_packages[@]}" wrk
build_preset release
cmake --build --preset release --target avow-load >build/release/load.log 2>&1 ||
  { tail -n 20 build/release/load.log >&2; exit 1; }
avow=$PWD/build/release/avow
kit=$PWD/build/release/avow-load
claims=fixtures/agent-capability/claims/valid/customer-support.json
dir=$(mktemp -d)
pids=()
at_exit() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap at_exit EXIT
trap 'exit 130' INT TERM
fail() { echo "error: $1" >&2; [ -f "$dir/last" ] && tail -n 5 "$dir/last" >&2; exit 1; }
quietly() { "$@" >"$dir/last" 2>&1 || fail "$*"; }

# ---------------------------------------------------------------- two members; Acme issues, Globex verifies

next_port=17300
free_port() {
  while (exec 3<>"/dev/tcp/127.0.0.1/$next_port") 2>/dev/null; do next_port=$((next_port + 1)); done
  port=$next_port
  next_port=$((next_port + 1))
}

head -c 24 /dev/urandom | base64 >"$dir/passphrase"
chmod 600 "$dir/passphrase"
for name in acme globex; do
  quietly "$avow" init --data "$dir/$name" --org "$name" --domain $name.example --passphrase-file "$dir/passphrase"
done
quietly "$avow" charter found --founder "$dir/acme/did.jsonl" --founder "$dir/globex/did.jsonl" --out "$dir/charter.json"
for name in acme globex; do
  quietly "$avow" charter found --sign "$dir/charter.json" --data "$dir/$name" --passphrase-file "$dir/passphrase"
done
free_port; acme_peer=$port
free_port; globex_peer=$port
free_port; acme_port=$port
free_port; globex_port=$port
start() {  # start NAME PORT PEER_PORT PEER
  "$avow" serve --data "$dir/$1" --listen 127.0.0.1:"$2" --peer-listen http://127.0.0.1:"$3" --peer "http://127.0.0.1:$4" \
    --charter "$dir/charter.json" --passphrase-file "$dir/passphrase" >"$dir/$1.out" 2>"$dir/$1.log" &
  pids+=($!)
  local deadline=$((SECONDS + 60))
  until "$avow" status --data "$dir/$1" >"$dir/last" 2>&1; do
    [ $SECONDS -lt $deadline ] || fail "the node of $1 did not start"
    sleep 0.1
  done
}
start acme "$acme_port" "$acme_peer" "$globex_peer"
start globex "$globex_port" "$globex_peer" "$acme_peer"
globex=${pids[1]}
for name in acme globex; do
  deadline=$((SECONDS + 30))
  until "$avow" status --json --data "$dir/$name" 2>&1 | tee "$dir/last" | grep -q '"maySign":true'; do
    [ $SECONDS -lt $deadline ] || fail "the node of $name does not sign"
    sleep 0.1
  done
done

value_of() { awk -v key="$2:" '$1 == key { print $2 }' "/proc/$1/status"; }
descriptors() { find "/proc/$1/fd" -mindepth 1 | wc -l; }
echo "idle              $(value_of "$globex" VmRSS) kB resident, $(descriptors "$globex") descriptors"

quietly "$avow" agent add Worker --version 1.0 --owner "Maria Rossi" --data "$dir/acme" \
  --key-out "$dir/agent.key" --passphrase-file "$dir/passphrase"
quietly "$avow" vc issue --agent Worker --claims $claims --ttl 1h --data "$dir/acme" --out "$dir/credential.json"
deadline=$((SECONDS + 60))
until "$avow" verify "$dir/credential.json" --node "http://127.0.0.1:$globex_port" >"$dir/last" 2>&1; do
  [ $SECONDS -lt $deadline ] || fail "Globex does not accept Acme's credential"
  sleep 0.2
done
# More credentials than the node remembers signatures (100,000), so that each time round all are forgotten again.
"$kit" bodies "$dir/acme" "$dir/passphrase" "$dir/credential.json" 120000 >"$dir/bodies"
head -n 1 "$dir/bodies" >"$dir/same-body"
printf '{"filler":"%s"}\n' "$(head -c 1010 /dev/zero | tr '\0' x)" >"$dir/echo-body"

# ---------------------------------------------------------------- measuring

ticks() { awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }
hertz=$(getconf CLK_TCK)
raw_us() { build/release/avow-bench --only raw --rounds 25 | awk '$1 == "raw" && $3 == "RAW" { print $4; exit }'; }

# watch PID FILE: four times a second a line with the memory (kB) and the descriptors of that process, until it is ended.
watch() {
  while true; do
    echo "$(value_of "$1" VmRSS) $(descriptors "$1")"
    sleep 0.25
  done >"$2"
}
most() { awk -v column="$1" '$column > most { most = $column } END { print most }' "$dir/watched"; }

# load TITLE PID URL PATH BODIES RATE: sets `per_cpu_second`, prints a line.
load() {
  local before after result requests errors p50 p99 duration rss_before rss_after fds_before fds_after watcher
  rss_before=$(value_of "$2" VmRSS); fds_before=$(descriptors "$2")
  watch "$2" "$dir/watched" &
  watcher=$!
  pids+=("$watcher")
  before=$(ticks "$2")
  LOAD_PATH=$4 LOAD_BODIES=$5 LOAD_RATE=$6 wrk -t1 -c"$connections" -d"${seconds}s" --latency \
    -s interop-tests/load/verify.lua "$3" >"$dir/last" 2>&1 || fail "wrk"
  after=$(ticks "$2")
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  unset 'pids[-1]'
  sleep 1  # for what was open to close
  rss_after=$(value_of "$2" VmRSS); fds_after=$(descriptors "$2")
  result=$(grep '^RESULT ' "$dir/last") || fail "wrk said nothing"
  read -r _ requests errors p50 p99 duration <<<"$result"
  [ "$errors" -eq 0 ] || fail "$errors of $requests requests failed"
  per_cpu_second=$(awk -v n="$requests" -v t=$((after - before)) -v h="$hertz" 'BEGIN { printf "%.0f", n * h / t }')
  awk -v title="$1" -v n="$requests" -v d="$duration" -v c="$per_cpu_second" -v a="$p50" -v b="$p99" \
    -v r="$rss_before -> $(most 1) -> $rss_after" -v f="$fds_before -> $(most 2) -> $fds_after" 'BEGIN {
      printf "%-17s %7.0f requests/s  %7d a server CPU second  p50 %6.2f ms  p99 %7.2f ms  RSS %s kB  descriptors %s\n",
        title, n * 1e6 / d, c, a / 1000, b / 1000, r, f }'
}

echo "memory and descriptors: before -> at most, of four looks a second -> after"
echo "each part lasts $seconds s, wrk has $connections connections$([ "$rate" -gt 0 ] && echo ", $rate verifications a second")"
raw_before=$(raw_us)
mkfifo "$dir/hold"
"$kit" echo <"$dir/hold" >"$dir/echo.out" &
pids+=($!); echo_pid=$!
exec 4>"$dir/hold"
until [ -s "$dir/echo.out" ]; do sleep 0.1; done
echo_url=http://127.0.0.1:$(cat "$dir/echo.out")
load "echo, 1 KB" "$echo_pid" "$echo_url" /echo "$dir/echo-body" 0
load "verify, new" "$globex" "http://127.0.0.1:$globex_port" /credentials/verify "$dir/bodies" "$rate"
new_per_cpu_second=$per_cpu_second
load "verify, again" "$globex" "http://127.0.0.1:$globex_port" /credentials/verify "$dir/same-body" "$rate"
again_per_cpu_second=$per_cpu_second
raw_after=$(raw_us)
awk -v a="$raw_before" -v b="$raw_after" -v n="$new_per_cpu_second" -v m="$again_per_cpu_second" 'BEGIN {
  raw = 2e6 / (a + b)
  printf "RAW               %.1f µs before, %.1f µs after: %.0f a CPU second\n", a, b, raw
  printf "ratio to RAW      %.2f new, %.2f again   (goal 0.45)\n", n / raw, m / raw }'

"$kit" drip "${echo_url##*:}" "$slow" $((seconds + 2)) >"$dir/drip.out" &
pids+=($!); drip_pid=$!
sleep 2
load "beside $slow slow" "$echo_pid" "$echo_url" /echo "$dir/echo-body" 100
wait "$drip_pid"
echo "                  (100 requests/s of good clients, goal p99 <= 250 ms; $(cat "$dir/drip.out") slow ones were closed)"
exec 4>&-
