#!/usr/bin/env bash
# Three organisations verify each other's agents, for real: installs what is missing, builds, runs the story, prints it.
# Exit code 0 only if every step gave the expected answer. Everything it makes lies in .demo/.
#   ./demo.sh          the story; leaves no process behind
#   ./demo.sh --keep   … and leaves the three nodes running
set -euo pipefail
cd "$(dirname "$0")"
source ./packages.sh

keep=no
for argument in "$@"; do
  case $argument in
    --keep) keep=yes ;;
    *) echo "usage: ./demo.sh [--keep]" >&2; exit 2 ;;
  esac
done

freshness=8  # seconds after which this demo's charter calls an issuer stale; 15 minutes if nothing is said
declare -A pids=() public=() peer=()
finished=no

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
  for neighbour in "$@"; do options+=(--peer "http://127.0.0.1:${peer[$neighbour]}"); done
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

stop_all() {
  local name
  for name in "${!pids[@]}"; do kill "${pids[$name]}" 2>/dev/null || true; done
  for name in "${!pids[@]}"; do wait "${pids[$name]}" 2>/dev/null || true; done
}
at_exit() { if [ $finished = no ] || [ $keep = no ]; then stop_all; fi; }
trap at_exit EXIT
trap 'exit 130' INT TERM

# ---------------------------------------------------------------- preparing

bold "Preparing"
install_missing "${build_packages[@]}"
build_preset release
avow=$PWD/build/release/avow
claims=fixtures/agent-capability/claims/valid/customer-support.json

# Nodes that an earlier --keep left: ended, if they still are what they were.
if [ -f .demo/pids ]; then
  while read -r pid; do
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = avow ]; then kill "$pid" 2>/dev/null || true; fi
  done <.demo/pids
fi
rm -rf .demo
mkdir -m 700 .demo
(umask 077 && head -c 24 /dev/urandom | base64 >.demo/passphrase)
for name in acme globex initech mallory; do
  free_port; public[$name]=$port
  free_port; peer[$name]=$port
done
initech=http://127.0.0.1:${public[initech]}

# ---------------------------------------------------------------- the story

step "1. Three organisations found a charter. Acme and Initech are never connected: Globex stands between them."
for name in acme globex initech; do
  quietly "$avow" init --data ".demo/$name" --org "${name^}" --domain "$name.example" --passphrase-file .demo/passphrase
done
expect 0 "written" -- "$avow" charter found --founder .demo/acme/did.jsonl --founder .demo/globex/did.jsonl \
  --founder .demo/initech/did.jsonl --freshness-normal $freshness --out .demo/charter.json
for name in acme globex initech; do
  expect 0 "signed" -- "$avow" charter found --sign .demo/charter.json --data ".demo/$name" --passphrase-file .demo/passphrase
done
quietly "$avow" charter show .demo/charter.json
start_member acme globex
start_member globex acme initech
start_member initech globex
for name in acme globex initech; do until_signs $name; done
say "three nodes are up: Acme <-> Globex <-> Initech, each with a database of its own"

step "2. Acme enrols an agent, names the person who answers for it, and attests what it may do for one hour."
expect 0 "did:web:acme.example:agents:CustomerSupportAgent" -- "$avow" agent add CustomerSupportAgent --version 2.3 \
  --owner "Maria Rossi" --data .demo/acme --key-out .demo/agent.key --passphrase-file .demo/passphrase
expect 0 "issued" -- "$avow" vc issue --agent CustomerSupportAgent --claims $claims --ttl 1h \
  --data .demo/acme --out .demo/credential.json
quietly "$avow" vc issue --agent CustomerSupportAgent --claims $claims --ttl 1h --data .demo/acme --out .demo/other.json
id=$(grep -o '"id":"urn:uuid:[^"]*"' .demo/credential.json | head -n 1 | cut -d'"' -f4)

present() {  # present NODE CREDENTIAL OUT
  quietly "$avow" vp create --vc ".demo/$2" --key .demo/agent.key --passphrase-file .demo/passphrase --node "$1" --out ".demo/$3"
}
asked_ms=$(now_ms)
until_verdict "ACCEPTED" 10 "$avow" verify .demo/credential.json --node "$initech"
say "Initech has heard of it through Globex"

step "3. The agent proves it to Initech's node, which decides alone, from its own replica."
present "$initech" credential.json presentation.json
expect 0 "ACCEPTED" -- "$avow" verify .demo/presentation.json --node "$initech" --action billing:refund \
  --resource acme:orders/4711 --parameters '{"amount":{"minor":4200,"currency":"USD"}}'
say "a refund of 42.00 USD is within it. And 100.01 USD?"
present "$initech" credential.json presentation.json
expect 3 "max /amount/minor: 10001 is over 10000" -- "$avow" verify .demo/presentation.json --node "$initech" --action billing:refund \
  --resource acme:orders/4711 --parameters '{"amount":{"minor":10001,"currency":"USD"}}'

step "4. What is not so is refused, each with its own code."
say "a stranger with a credential that it made itself:"
quietly "$avow" init --data .demo/mallory --org Mallory --domain mallory.example --passphrase-file .demo/passphrase
start mallory
quietly "$avow" agent add CustomerSupportAgent --version 2.3 --owner "Mallory" --data .demo/mallory \
  --key-out .demo/stranger.key --passphrase-file .demo/passphrase
quietly "$avow" vc issue --agent CustomerSupportAgent --claims $claims --data .demo/mallory --out .demo/self-made.json
kill "${pids[mallory]}"
wait "${pids[mallory]}" || true
unset 'pids[mallory]'
expect 3 "issuer_unknown" -- "$avow" verify .demo/self-made.json --node "$initech"
say "a presentation shown twice:"
present "$initech" credential.json presentation.json
quietly "$avow" verify .demo/presentation.json --node "$initech"
expect 3 "challenge_used" -- "$avow" verify .demo/presentation.json --node "$initech"
say "a presentation made for another verifier:"
present "http://127.0.0.1:${public[globex]}" credential.json presentation.json
expect 3 "[domain]" -- "$avow" verify .demo/presentation.json --node "$initech"
say "a credential with one byte changed (10000 became 90000):"
sed 's/"value":10000/"value":90000/' .demo/credential.json >.demo/changed.json
expect 3 "bad_proof" -- "$avow" verify .demo/changed.json --node "$initech"
say "a credential that ended an hour ago:"
quietly "$avow" vc issue --agent CustomerSupportAgent --claims $claims --data .demo/acme \
  --valid-from "$(date -u -d '2 hours ago' +%Y-%m-%dT%H:%M:%SZ)" --ttl 1h --out .demo/expired.json
expect 3 "[expired]" -- "$avow" verify .demo/expired.json --node "$initech"

step "5. Acme's admin suspends, resumes, revokes. Initech, which never talks to Acme, refuses."
times=""
for change in suspend resume revoke; do
  case $change in
    suspend) words="REJECTED  suspended"; told="suspended at Acme, refused at Initech" ;;
    resume) words="ACCEPTED"; told="resumed at Acme, accepted at Initech" ;;
    revoke) words="REJECTED  revoked"; told="revoked at Acme, refused at Initech" ;;
  esac
  options=()
  [ $change = revoke ] && options=(--yes)
  asked_ms=$(now_ms)
  quietly "$avow" vc $change "$id" --reason "the demo says so" --data .demo/acme "${options[@]}"
  until_verdict "$words" 10 "$avow" verify .demo/credential.json --node "$initech"
  say "$told after $waited_ms ms"
  times+="  $told after $waited_ms ms"$'\n'
done
present "$initech" credential.json presentation.json
expect 3 "REJECTED  revoked" -- "$avow" verify .demo/presentation.json --node "$initech"

step "6. Acme's node is killed. Its other credentials hold while its last signed head is fresh, and not a second longer."
kill -9 "${pids[acme]}"
wait "${pids[acme]}" 2>/dev/null || true
unset 'pids[acme]'
expect 0 "ACCEPTED" -- "$avow" verify .demo/other.json --node "$initech"
say "… $freshness s without a word from Acme:"
asked_ms=$(now_ms)
until_verdict "UNDETERMINED  registry_stale" $((freshness + 10)) "$avow" verify .demo/other.json --node "$initech"
grep -F "registry_stale" .demo/last.txt | head -n 2 | sed 's/^/    /'
grep -qF "[revoked]" .demo/last.txt && fail "stale was taken for revoked"
say "stale, not revoked: nobody knows, so nobody says valid. Acme's node comes back:"
start_member acme globex
asked_ms=$(now_ms)
until_verdict "ACCEPTED" 15 "$avow" verify .demo/other.json --node "$initech"
say "accepted at Initech again, $waited_ms ms after Acme's node was up"
expect 0 "revoked" -- "$avow" vc list --data .demo/acme
for file in credential other expired; do
  issued=$(grep -o '"id":"urn:uuid:[^"]*"' ".demo/$file.json" | head -n 1 | cut -d'"' -f4)
  grep -qF "$issued" .demo/last.txt || fail "the credential $issued was acknowledged and is gone"
done
expect 0 "audit ok" -- "$avow" audit verify --data .demo/acme
expect 3 "REJECTED  revoked" -- "$avow" verify .demo/credential.json --node "$initech"
say "nothing that was acknowledged is missing"

step "7. A credential that other software made and signed, by the W3C's rules: its issuer is no member, so no registry is asked."
foreign=fixtures/vc/verify/valid/supplier-certificate-ed25519.json
expect 3 "[issuer_unknown]" -- "$avow" verify $foreign --node "$initech"
expect 0 "ACCEPTED" -- "$avow" verify $foreign --profile w3c --at 2025-06-01T00:00:00Z --node "$initech"
say "what the w3c profile did not check:"
sed -n 's/^ *not checked: */    /p' .demo/last.txt
expect 3 "[expired]" -- "$avow" verify $foreign --profile w3c --node "$initech"

finished=yes
step "Every step gave the expected answer."
printf '%s' "$times"
if [ $keep = yes ]; then
  printf '%s\n' "${pids[@]}" >.demo/pids
  step "The nodes go on running:"
  for name in acme globex initech; do
    say "${name^}: http://127.0.0.1:${public[$name]}   peers: 127.0.0.1:${peer[$name]}   data: .demo/$name   pid ${pids[$name]}"
  done
  say "try:  build/release/avow status --data .demo/initech"
  say "      build/release/avow verify .demo/other.json --node $initech"
  say "      build/release/avow audit tail --data .demo/acme"
  say "stop: kill ${pids[*]}   (the next ./demo.sh does it too)"
fi
