# Sourced by demo.sh: a network that nobody owns admits members, changes keys, survives a theft, and evicts.

organisations=(acme globex initech umbrella hooli thief)
claims=fixtures/agent-capability/claims/valid/customer-support.json
slot=1  # the last that was decided

# issue NAME AGENT OUT: an agent of theirs, enrolled if it is new, and what it may do for an hour.
issue() {
  [ -f ".demo/$1-$2.key" ] || quietly "$avow" agent add "$2" --version 1.0 --owner "Maria Rossi" --data ".demo/$1" \
    --key-out ".demo/$1-$2.key" --passphrase-file .demo/passphrase
  quietly "$avow" vc issue --agent "$2" --claims $claims --ttl 1h --data ".demo/$1" --out ".demo/$3"
}

# until_at WORDS NAME FILE: until the node of that member says so of that credential.
until_at() {
  asked_ms=$(now_ms)
  until_verdict "$1" 15 "$avow" verify ".demo/$3" --node "http://127.0.0.1:${public[$2]}"
}

# everybody_says WORDS FILE NAME…
everybody_says() {
  local words=$1 file=$2 name
  shift 2
  for name in "$@"; do until_at "$words" "$name" "$file"; done
}

slot_of() { "$avow" govern show --data ".demo/$1" 2>/dev/null | sed -n 's/^in force  slot \([0-9]*\).*/\1/p'; }

# decide command …: proposed at Acme, voted on by the three who govern, each at its own node, decided at every node.
decide() {
  local name deadline=$((SECONDS + 30))
  slot=$((slot + 1))
  quietly "$@" --data .demo/acme --yes
  for name in globex initech; do
    until "$avow" govern show --data ".demo/$name" | tee .demo/last.txt | grep -q '^proposal'; do
      [ $SECONDS -lt $deadline ] || fail "$name has not heard of the proposal"
      sleep 0.1
    done
  done
  until [ "$(slot_of acme)" = $slot ]; do
    # Each signs what comes next; whoever finds the slot decided already has nothing to vote on.
    for name in acme globex initech; do "$avow" govern vote --data ".demo/$name" --yes >.demo/last.txt 2>&1 || true; done
    [ $SECONDS -lt $deadline ] || fail "slot $slot was not decided"
  done
  for name in "${!pids[@]}"; do
    until [ "$(slot_of "$name")" = $slot ]; do
      [ $SECONDS -lt $deadline ] || fail "$name has not heard of slot $slot"
      sleep 0.1
    done
  done
}

did_of() { head -n 1 ".demo/$1/did.jsonl" | grep -o '"id":"did:webvh:[^"#]*"' | head -n 1 | cut -d'"' -f4; }

tell() {
  local name epoch

  step "1. Acme, Globex and Initech found a network. All three govern it: nothing is decided by fewer than all of three."
  for name in acme globex initech; do init $name; done
  found -- acme globex initech
  start_member acme globex
  start_member globex acme initech
  start_member initech globex
  for name in acme globex initech; do until_signs $name; done
  expect 0 "quorum    3" -- "$avow" govern show --data .demo/initech

  step "2. Umbrella and Hooli ask to join. Who governs reads in words what is to be signed, and votes at its own node."
  for name in umbrella hooli; do init $name; done
  expect 2 "admit $(did_of umbrella)" -- "$avow" member admit .demo/umbrella/did.jsonl --data .demo/acme
  say "without a person's word nothing is signed. With it, and two rounds of votes (this wanted, this wanted by all):"
  decide "$avow" member admit .demo/umbrella/did.jsonl
  decide "$avow" member admit .demo/hooli/did.jsonl
  expect 0 "decided by" -- "$avow" govern history --data .demo/globex
  start_member umbrella initech acme
  start_member hooli umbrella globex
  for name in umbrella hooli; do
    until_signs $name
    decide "$avow" trust grant "$(did_of $name)" --type AgentCapabilityCredential
  done
  expect 0 "$(did_of hooli)" -- "$avow" member list --data .demo/hooli
  for name in acme globex umbrella hooli; do issue $name Courier $name.json; done
  for name in acme globex umbrella hooli; do everybody_says ACCEPTED $name.json acme globex initech umbrella hooli; done
  say "each of the five believes each other's agents, and nobody in the middle was asked"

  step "3. Globex rotates its key. What the old one signed stays good."
  stop globex
  expect 0 "to version 2" -- "$avow" key rotate --data .demo/globex --passphrase-file .demo/passphrase
  start_member globex acme initech
  until_signs globex
  issue globex Courier globex-2.json
  everybody_says ACCEPTED globex-2.json acme hooli
  everybody_says ACCEPTED globex.json acme hooli
  say "signed with #key-1 and with #key-2, both accepted at Acme and at Hooli"

  step "4. A thief has copied Acme's database and signing key, and enrols an agent of its own in Acme's name."
  stop acme
  cp -r .demo/acme .demo/thief
  rm .demo/thief/keys/update-*  # Acme had kept the keys of its next version elsewhere
  start_member acme globex umbrella
  until_signs acme
  start_member thief
  until_signs thief
  issue thief Backdoor stolen.json
  issue acme Dispatcher acme-2.json
  everybody_says ACCEPTED acme-2.json hooli
  stop thief
  say "the thief's node speaks to the others, as a second node of Acme:"
  asked_ms=$(now_ms)
  start_member thief initech
  for name in globex initech umbrella hooli; do until_at "REJECTED  issuer_forked" $name acme-2.json; done
  expect 0 "open  feed" -- "$avow" trust disputes --data .demo/hooli
  expect 3 "issuer_forked" -- "$avow" verify .demo/stolen.json --node "http://127.0.0.1:${public[hooli]}"
  say "two statements under one number, both with Acme's signature: nobody believes either, nor anything after"

  step "5. Acme recovers: a key that it had announced and the thief never saw signs the next version; what the thief said is struck out."
  stop thief
  epoch=$("$avow" trust disputes --data .demo/acme | sed -n 's/^open  feed \([0-9/]*\).*/\1/p')
  stop acme
  expect 0 "takes back" -- "$avow" key recover --strike "$epoch.." --yes --data .demo/acme --passphrase-file .demo/passphrase
  start_member acme globex umbrella
  until_signs acme
  everybody_says ACCEPTED acme-2.json globex initech umbrella hooli
  expect 0 "settled  feed" -- "$avow" trust disputes --data .demo/hooli
  say "and gives the stolen key up: of what it signed only that counts on which Acme's feed had published."
  expect 0 "given up" -- "$avow" key compromised "#key-1" --yes --data .demo/acme
  everybody_says "REJECTED  key_compromised" stolen.json globex initech umbrella hooli
  expect 3 "key_compromised" -- "$avow" verify .demo/stolen.json --node "http://127.0.0.1:${public[hooli]}"
  "$avow" vc published .demo/acme.json --json --data .demo/acme >.demo/published.json || fail "acme.json is not published"
  expect 0 "ACCEPTED" -- "$avow" verify .demo/acme.json --issued .demo/published.json --node "http://127.0.0.1:${public[hooli]}"

  step "6. Hooli is evicted, at a statement that the slot names; all that it said after counts nowhere."
  decide "$avow" member evict "$(did_of hooli)"
  stop hooli
  everybody_says "REJECTED  issuer_evicted" hooli.json acme globex initech umbrella
  expect 3 "issuer_evicted" -- "$avow" verify .demo/hooli.json --node "http://127.0.0.1:${public[umbrella]}"

  step "7. There is no way back for that identity. Its successor comes with a new one, under the same domain."
  mv .demo/hooli .demo/hooli-evicted
  rm .demo/hooli-Courier.key
  init hooli
  decide "$avow" member admit .demo/hooli/did.jsonl
  start_member hooli umbrella globex
  until_signs hooli
  decide "$avow" trust grant "$(did_of hooli)" --type AgentCapabilityCredential
  issue hooli Courier successor.json
  everybody_says ACCEPTED successor.json acme globex initech umbrella
  everybody_says "REJECTED  issuer_evicted" hooli.json acme globex initech umbrella
  expect 0 "evicted" -- "$avow" member list --data .demo/umbrella
  for name in acme globex initech umbrella hooli; do expect 0 "audit ok" -- "$avow" audit verify --data ".demo/$name"; done
}

to_try() {
  say "try:  build/release/avow govern history --data .demo/initech"
  say "      build/release/avow trust explain --entity $(did_of hooli) --resource AgentCapabilityCredential --data .demo/acme"
  say "      build/release/avow trust disputes --data .demo/umbrella"
}
