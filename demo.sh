#!/usr/bin/env bash
# Organisations verify each other's agents, for real: installs what is missing, builds, runs a story, prints it.
# Exit code 0 only if every step gave the expected answer. Everything it makes lies in .demo/.
#   ./demo.sh                      an agent proves what it may do, and is revoked; leaves no process behind
#   ./demo.sh --story governance   five organisations admit, rotate, are robbed, recover, evict
#   ./demo.sh --keep               … and leaves the nodes running
set -euo pipefail
cd "$(dirname "$0")"
source ./packages.sh
source demo/nodes.sh

usage() { echo "usage: ./demo.sh [--story agents|governance] [--keep]" >&2; exit 2; }
keep=no
story=agents
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=yes ;;
    --story) [ $# -gt 1 ] || usage; shift; story=$1 ;;
    *) usage ;;
  esac
  shift
done
case $story in agents | governance) source "demo/$story.sh" ;; *) usage ;; esac

finished=no
at_exit() { if [ $finished = no ] || [ $keep = no ]; then stop_all; fi; }
trap at_exit EXIT
trap 'exit 130' INT TERM

bold "Preparing"
install_missing "${build_packages[@]}"
build_preset release
avow=$PWD/build/release/avow

# Nodes that an earlier --keep left: ended, if they still are what they were.
if [ -f .demo/pids ]; then
  while read -r pid; do
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = avow ]; then kill "$pid" 2>/dev/null || true; fi
  done <.demo/pids
fi
rm -rf .demo
mkdir -m 700 .demo
(umask 077 && head -c 24 /dev/urandom | base64 >.demo/passphrase)
for name in "${organisations[@]}"; do
  free_port; public[$name]=$port
  free_port; peer[$name]=$port
done

times=""
tell

finished=yes
step "Every step gave the expected answer."
printf '%s' "$times"
if [ $keep = yes ]; then
  printf '%s\n' "${pids[@]}" >.demo/pids
  step "The nodes go on running:"
  for name in "${!pids[@]}"; do
    say "${name^}: http://127.0.0.1:${public[$name]}   peers: 127.0.0.1:${peer[$name]}   data: .demo/$name   pid ${pids[$name]}"
  done
  to_try
  say "stop: kill ${pids[*]}   (the next ./demo.sh does it too)"
fi
