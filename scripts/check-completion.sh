#!/usr/bin/env bash
# Checks what the bash completion offers, without a terminal: completes lines as readline would.
# Not -e: completions are written for interactive shells.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
case ${1-} in
  '') ;;
  *) echo "usage: scripts/check-completion.sh: checks src/KHeadersFs/Completions against out/kheadersfs" ; exit ;;
esac

# shellcheck disable=SC2317 # called by the completion, and fails outside of one
compopt() { :; }
# shellcheck disable=SC1091 # checked by itself
. src/KHeadersFs/Completions/kheadersfs.bash

# What is mounted, of which this machine need not have anything.
_kheadersfs_mounts() { echo /mnt/kheaders; }

failed=0
# expect LINE WORD...: these are among what completes the line; "!WORD" must not be.
expect() {
  local offered word
  COMP_LINE=$1 COMP_POINT=${#1}
  _kheadersfs "$PWD/out/kheadersfs"
  offered=$'\n'$(printf '%s\n' "${COMPREPLY[@]}")$'\n'
  shift
  for word in "$@"; do
    if [[ $word == !* ]] && [[ $offered == *$'\n'"${word#!}"$'\n'* ]]; then
      echo "'$COMP_LINE' offers $word"
      failed=1
    elif [[ $word != !* ]] && [[ $offered != *$'\n'"$word"$'\n'* ]]; then
      echo "'$COMP_LINE' does not offer '$word' but:${offered//$'\n'/ }"
      failed=1
    fi
  done
}

expect 'kheadersfs -' -f -o -u
expect 'kheadersfs -o ' mkdir uid= noexec context= '!nofail'
expect 'kheadersfs -o mk' mkdir '!uid='
expect 'kheadersfs -omk' -omkdir
expect 'kheadersfs -o mkdir,rel' mkdir,release=
# readline replaces only what follows "=".
expect 'kheadersfs -o mkdir,release=w' warn '!check'
expect 'kheadersfs -o uid=roo' root
expect 'kheadersfs -o uid=0,mk' 0,mkdir
expect 'kheadersfs k' kheaders
expect 'kheadersfs s' status scripts
expect 'kheadersfs -o mkdir s' scripts '!status'
expect 'kheadersfs c' cflags
expect 'kheadersfs cflags -' --json '!--check'
expect 'kheadersfs verify -' --json -o
expect 'kheadersfs verify k' kheaders
expect 'mount.kheadersfs s' scripts '!status'
expect 'kheadersfs status --' --check --json '!-o'
expect 'kheadersfs status --check ' /mnt/kheaders '!kheaders'
expect 'kheadersfs -u ' /mnt/kheaders
expect 'kheadersfs -o mkdir ./sr' ./src
expect 'kheadersfs kheaders ./sr' ./src
expect 'kheadersfs -o mkdir kheaders ./M' '!./Makefile'
expect 'kheadersfs kheaders DIR ' '!kheaders'
exit "$failed"
