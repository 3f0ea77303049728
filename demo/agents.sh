# Sourced by demo.sh: an agent of one organisation proves to another what it may do, until it is revoked.

freshness=8  # seconds after which this story's charter calls an issuer stale; 15 minutes if nothing is said
organisations=(acme globex initech mallory)

# asks EXIT_CODE WORDS ACTION [RESOURCE]: the agent presents its credential to Initech anew and asks for that.
asks() {
  local asked=(--action "$3")
  [ $# -lt 4 ] || asked+=(--resource "$4")
  present "http://127.0.0.1:${public[initech]}" credential.json presentation.json
  expect "$1" "$2" -- "$avow" verify .demo/presentation.json --node "http://127.0.0.1:${public[initech]}" "${asked[@]}"
}

present() {  # present NODE CREDENTIAL OUT
  quietly "$avow" vp create --vc ".demo/$2" --key .demo/agent.key --passphrase-file .demo/passphrase --node "$1" --out ".demo/$3"
}

tell() {
  local initech=http://127.0.0.1:${public[initech]} claims=fixtures/agent-capability/claims/valid/customer-support.json
  local name id change words told options file issued foreign

  step "1. Three organisations found a charter. Acme and Initech are never connected: Globex stands between them."
  for name in acme globex initech; do init $name; done
  found --freshness-normal $freshness -- acme globex initech
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
  say "the records of a customer whose ticket is assigned to it, of one whose ticket is not, and a call for a person:"
  asks 0 "ACCEPTED" customer_records:read acme:tickets/assigned/7
  asks 3 "no_capability" customer_records:read acme:tickets/unassigned/7
  asks 0 "ACCEPTED" human:escalate

  step "4. What is not so is refused, each with its own code."
  say "a stranger with a credential that it made itself:"
  init mallory
  start mallory
  quietly "$avow" agent add CustomerSupportAgent --version 2.3 --owner "Mallory" --data .demo/mallory \
    --key-out .demo/stranger.key --passphrase-file .demo/passphrase
  quietly "$avow" vc issue --agent CustomerSupportAgent --claims $claims --data .demo/mallory --out .demo/self-made.json
  stop mallory
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
  for change in suspend resume revoke; do
    case $change in
      suspend) words="REJECTED  suspended"; told="suspended at Acme, refused at Initech" ;;
      resume) words="ACCEPTED"; told="resumed at Acme, accepted at Initech" ;;
      revoke) words="REJECTED  revoked"; told="revoked at Acme, refused at Initech" ;;
    esac
    options=(--no-wait)
    [ $change = revoke ] && options+=(--yes)
    asked_ms=$(now_ms)
    quietly "$avow" vc $change "$id" --reason "the demo says so" --data .demo/acme "${options[@]}"
    until_verdict "$words" 10 "$avow" verify .demo/credential.json --node "$initech"
    say "$told after $waited_ms ms"
    times+="  $told after $waited_ms ms"$'\n'
  done
  say "Who has it? Initech's word comes through Globex, signed:"
  until_verdict "known    to 2 of 2" 10 "$avow" vc propagation "$id" --data .demo/acme
  expect 0 "initech.example" -- "$avow" vc propagation "$id" --data .demo/acme
  present "$initech" credential.json presentation.json
  expect 3 "REJECTED  revoked" -- "$avow" verify .demo/presentation.json --node "$initech"

  step "6. Acme's node is killed. Its other credentials hold while its last signed head is fresh, and not a second longer."
  stop acme KILL
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
  sed -n 's/^ *- not checked: */    /p' .demo/last.txt | tee .demo/not-checked.txt
  [ -s .demo/not-checked.txt ] || fail "the verdict does not say what the w3c profile leaves open"
  expect 3 "[expired]" -- "$avow" verify $foreign --profile w3c --node "$initech"
}

to_try() {
  say "try:  build/release/avow status --data .demo/initech"
  say "      build/release/avow verify .demo/other.json --node http://127.0.0.1:${public[initech]}"
  say "      build/release/avow audit tail --data .demo/acme"
}
