# Sourced by demo.sh: telling a story whose every step must be as expected, and the nodes in it.

declare -A pids=() public=() peer=() node_key=()

# ---------------------------------------------------------------- telling it

bold() { if [ -t 1 ]; then printf '\033[1m%s\033[0m\n' "$1"; else printf '%s\n' "$1"; fi; }
step() { printf '\n'; bold "$1"; }
say() { printf '  %s\n' "$1"; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }

fail() {
  printf '\nFAILED: %s\n' "$1" >&2
  [ -s .demo/last.txt ] && sed 's/^/    | /' .demo/last.txt >&2
  exit 1
}

# expect EXIT_CODE WORDS -- command …: runs it, shows it, and insists on the exit code and on the words in its output.
expect() {
  local want=$1 words=$2 got=0
  shift 3
  printf '  $ %s\n' "$(printf '%s ' "$@" | sed "s#^$avow#avow#; s#\\.demo/##g")"
  "$@" >.demo/last.txt 2>&1 || got=$?
  sed 's/^/    /' .demo/last.txt
  [ "$got" -eq "$want" ] || fail "exit code $got where $want was expected"
  grep -qF -- "$words" .demo/last.txt || fail "the answer does not say: $words"
}

# quietly command …: runs it and shows it only if it fails.
quietly() { "$@" >.demo/last.txt 2>&1 || fail "$*"; }

# until_verdict WORDS SECONDS command …: asks again until the answer has the words. Sets `waited_ms` since `asked_ms`.
until_verdict() {
  local words=$1 deadline=$((SECONDS + $2))
  shift 2
  while true; do
    "$@" >.demo/last.txt 2>&1 || true
    waited_ms=$(($(now_ms) - asked_ms))
    grep -qF -- "$words" .demo/last.txt && return
    [ $SECONDS -lt $deadline ] || fail "no answer said: $words"
  done
}

# ---------------------------------------------------------------- nodes

next_port=17100
free_port() {
  while (exec 3<>"/dev/tcp/127.0.0.1/$next_port") 2>/dev/null; do next_port=$((next_port + 1)); done
  port=$next_port
  next_port=$((next_port + 1))
}

# start NAME [option …]: starts a node and waits until it answers.
start() {
  local name=$1
  shift
  "$avow" serve --data ".demo/$name" --listen "127.0.0.1:${public[$name]}" --passphrase-file .demo/passphrase "$@" \
    >>".demo/$name.out" 2>>".demo/$name.log" &
  pids[$name]=$!
  local deadline=$((SECONDS + 30))
  until "$avow" status --data ".demo/$name" >/dev/null 2>&1; do
    if ! kill -0 "${pids[$name]}" 2>/dev/null || [ $SECONDS -ge $deadline ]; then
      cp ".demo/$name.log" .demo/last.txt
      fail "the node of $name did not start"
    fi
    sleep 0.1
  done
}

start_member() {
  local name=$1 neighbour options=()
  shift
  for neighbour in "$@"; do options+=(--peer "https://127.0.0.1:${peer[$neighbour]}#${node_key[$neighbour]}"); done
  start "$name" --peer-listen "127.0.0.1:${peer[$name]}" --charter .demo/charter.json "${options[@]}"
}

# until_signs NAME: a node signs nothing after its start until a peer has shown what it holds of its feed.
until_signs() {
  local deadline=$((SECONDS + 30))
  until "$avow" status --json --data ".demo/$1" 2>&1 | tee .demo/last.txt | grep -q '"maySign":true'; do
    [ $SECONDS -lt $deadline ] || fail "the node of $1 does not sign"
    sleep 0.1
  done
}

init() {
  quietly "$avow" init --data ".demo/$1" --org "${1^}" --domain "$1.example" --passphrase-file .demo/passphrase
  node_key[$1]=$(sed -n 's/^node key *//p' .demo/last.txt)
}

# found OPTION… -- NAME…: these organisations draft and sign .demo/charter.json.
found() {
  local options=() name
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  for name in "$@"; do options+=(--founder ".demo/$name/did.jsonl"); done
  expect 0 "written" -- "$avow" charter found "${options[@]}" --out .demo/charter.json
  for name in "$@"; do
    expect 0 "signed" -- "$avow" charter found --sign .demo/charter.json --data ".demo/$name" --passphrase-file .demo/passphrase
  done
  quietly "$avow" charter show .demo/charter.json
}

# stop NAME [SIGNAL]
stop() {
  kill "-${2:-TERM}" "${pids[$1]}"
  wait "${pids[$1]}" 2>/dev/null || true
  unset "pids[$1]"
}

stop_all() {
  local name
  for name in "${!pids[@]}"; do kill "${pids[$name]}" 2>/dev/null || true; done
  for name in "${!pids[@]}"; do wait "${pids[$name]}" 2>/dev/null || true; done
}
