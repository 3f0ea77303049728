#!/usr/bin/env bash
# Takes the rules that everything rests on out of the code, one at a time, and insists that the test named beside each
# then fails, and does not before. Works on a copy below build/removed-rules.
#   interop-tests/removed_rules.sh            all
#   interop-tests/removed_rules.sh WORD       those whose name has the word
set -euo pipefail
cd "$(dirname "$0")/.."
source ./packages.sh
[ $# -le 1 ] || { echo "usage: removed_rules.sh [WORD]" >&2; exit 2; }
word=${1:-}

home=$PWD
copy=$PWD/build/removed-rules
mkdir -p "$copy"
install_missing "${build_packages[@]}"
git ls-files | while read -r file; do  # only what differs, so that little is built again
  cmp -s "$file" "$copy/$file" || cp --parents "$file" "$copy"
done
cd "$copy"
# The same compiler output wherever the copy lies.
export CCACHE_BASEDIR=$copy CCACHE_NOHASHDIR=1

failures=0 seen=0
log=$copy/last
fail() { echo "    FAILED: $1"; failures=$((failures + 1)); }

# The tests of a room that have this name, as they are now: 0 passed, 1 failed; 3 when the room does not build.
run_test() {
  (build_preset dev "$1") >"$log" 2>&1 || return 3  # it ends its shell when a build fails
  local name=${2//,/\\,}  # Catch2 reads commas and brackets
  "build/dev/$1" "${name//[/\\[}" >"$log" 2>&1 || return 1
  # A name that no test has is no test that passed.
  grep -qE 'All tests passed|OK, passed' "$log" || return 3
}

# without RULE FILE TEXT REPLACEMENT TESTS NAME: TEXT, once in FILE, becomes REPLACEMENT; then NAME of TESTS must fail.
without() {
  local rule=$1 file=$2 text=$3 instead=$4 tests=$5 name=$6 source got=0
  case $rule in *"$word"*) ;; *) return 0 ;; esac
  seen=$((seen + 1))
  echo "  without $rule"
  source=$(cat "$home/$file")
  local rest=${source#*"$text"}
  if [ "$rest" = "$source" ]; then fail "$file does not have the text: $text"; return 0; fi
  if [ "${rest#*"$text"}" != "$rest" ]; then fail "$file has the text more than once: $text"; return 0; fi
  run_test "$tests" "$name" || got=$?
  if [ $got -ne 0 ]; then fail "the test does not pass with the rule: $name"; tail -n 5 "$log"; return 0; fi
  printf '%s\n' "${source/"$text"/"$instead"}" >"$file"
  run_test "$tests" "$name" || got=$?
  cp "$home/$file" "$file"
  case $got in
    1) echo "    fails, as it should: $name" ;;
    0) fail "nothing notices: $name passes without the rule" ;;
    *) fail "what remains does not build"; tail -n 5 "$log" ;;
  esac
}

without "the narrowing check" registry/view_authority.cpp \
  'std::min(edge.row->depth, by->second.depth - 1)' 'edge.row->depth' \
  registry_tests 'accreditation reaches as deep as its grant, and no deeper'
without "the fork rule" registry/feed.cpp \
  'if (facts.held_there != nullptr) {' 'if (false) {' \
  registry_tests 'two statements at one position are a fork [GOSSIP-04]'
without "the counted branch" registry/internal/counted_branch.cpp \
  'end = continued->place.sequence + 1;' 'end = store.tip(feed, epoch)->sequence + 1;' \
  registry_tests 'what an abandoned branch revoked lapses, and the node that had applied it is told'
without "the sign-once guard" registry/sqlite_feed_writer.cpp \
  'if (own_signature(statement.feed, statement.epoch, statement.sequence)) {' 'if (false) {' \
  registry_tests 'a position is signed once'
without "the sign-once guard of votes" registry/sqlite_governance_store.cpp \
  '    if (query.step()) {' '    if (false) {' \
  registry_tests 'of one round and phase the store takes one vote of ours, whoever asks'
without "the evict cut" registry/internal/counted_branch.cpp \
  '  if (cut) {' '  if (false) {' \
  registry_tests 'a cut in a later epoch keeps what its opening continues, and no more'
without "the base rule" registry/feed_fold.cpp \
  'if (takes_back_) return;' 'if (false) return;' \
  registry_tests 'a base that takes a revocation back freezes its feed until an epoch leaves it out'
without "the lock rule" registry/voting.cpp \
  'if (held.closers(before, ballot.lock, rules).count() < needed) {' 'if (false) {' \
  registry_tests 'a prepare is for the highest lock that its closes name'
without "the recount of emergencies" registry/replica_emergencies.cpp \
  'for (auto& scid : work.store.called_suspended_by(feed)) work.called.insert(std::move(scid));' '' \
  registry_tests "an emergency by a key of a forked version of its governor's log does not count"
without "the second look at what had no room" registry/replica_emergencies.cpp \
  'is_any_refused_ = is_any_refused_ || !surplus.empty();' '' \
  registry_tests 'what had no room beside later keys is asked for again once these are above a fork'
without "the one entry that a witness signs" node/sqlite_log_witness.cpp \
  'if (row.entry_hash != entry->hash)' 'if (false)' \
  node_tests 'a witness signs one entry of a version, and the same one again when asked again'
without "the wait of a node whose guard file is lost" node/membership.cpp \
  'lost_guard_files_ = lost_guard_files();' '' \
  node_tests 'a node restored without its guard file hears every peer before it signs, and learns what it had said [GOSSIP-18]'
without "the pull" registry/gossip/link.cpp \
  'return now >= next_pull_ ?' 'return now < core::Milliseconds::min() ?' \
  node_tests 'what is held is asked for until somebody gives what it waits for'
without "the pull of whom nobody pushes to" registry/gossip/link.cpp \
  'return now >= next_pull_ ?' 'return now < core::Milliseconds::min() ?' \
  interop_tests 'whom no node in order pushes to is reached by its own pull'
without "the sync" core/database.cpp \
  'PRAGMA synchronous = FULL' 'PRAGMA synchronous = OFF' \
  interop_tests 'a power cut that loses all that was not synced loses nothing acknowledged'
without "the pinned key" node/http/internal/peer_tls.cpp \
  'return !is_pinned_ ||' 'return true ||' \
  node_tests 'a node that shows another key than the pinned one is told nothing'
without "the end of a rotated key" node/gossip/known_peers.cpp \
  '!is_given_up(replica_, peer.key)' '(!is_given_up(replica_, peer.key) || true)' \
  node_tests "a key that a member names no more is nobody's [AUTH-24]"
without "the book of nonces" node/gossip/signed_requests.cpp \
  'if (seen.contains(entry)) return false;' '' \
  node_tests "what a member signed is known as a member's, once [AUTH-05]"
without "the age of heads" registry/view.h \
  '*age <= limit' 'limit.count() >= 0' \
  node_tests 'a list is known while its feed is fresh, to the millisecond'

echo "$seen rules taken out, $failures failures"
[ "$seen" -gt 0 ] || { echo "no rule's name has the word: $word" >&2; exit 2; }
[ "$failures" -eq 0 ]
