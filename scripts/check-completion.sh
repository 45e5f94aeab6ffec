#!/usr/bin/env bash
# Checks what bash, zsh and fish offer, with the program's own completions: each shell is the real one.
# Not -e: completions are written for interactive shells.
# shellcheck disable=SC2317 # functions are called by a name that is put together
set -uo pipefail
cd "$(dirname "$0")/.." || exit

usage() {
  cat <<'USAGE'
usage: scripts/check-completion.sh [-h]
Checks src/KHeadersFs/Completions against out/kheadersfs, in bash, zsh and fish.
USAGE
}
case ${1-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

# shellcheck source=scripts/needs.sh
. scripts/needs.sh
needs zsh fish python3
completions=$PWD/src/KHeadersFs/Completions
temporary=$(mktemp -d)
trap 'umount -l "$temporary/mnt" 2>/dev/null; rm -rf --one-file-system "$temporary"' EXIT
mkdir "$temporary/bin" "$temporary/mnt" "$temporary/work" "$temporary"/work/{source,scripts}
touch "$temporary/work/Makefile"
for name in kheadersfs mount.kheadersfs; do
  ln -s "$PWD/out/kheadersfs" "$temporary/bin/$name"
done
export PATH=$temporary/bin:$PATH

list() { kheadersfs --list-options; }
# kinds KIND...: the names of these kinds
kinds() { list | awk -F '\t' -v kinds=" $* " 'index(kinds, " " $2 " ") { sub(/=.*/, "", $1); print $1 }' | xargs; }

# A line for each: what is typed | what is offered, all of it or, after "+", among others; "!WORD" is not.
expectations() {
  local command flags
  echo "kheadersfs -|$(kinds switch)"
  echo "kheadersfs -o |$(kinds own flag kernel)"
  while IFS=$'\t' read -r command _ _ flags _; do
    echo "kheadersfs $command -|$flags"
  done < <(list | grep $'\tcommand\t')
  cat <<END
kheadersfs |+ $(kinds command) kheaders source scripts Makefile
kheadersfs -o mk|mkdir
kheadersfs -omk|-omkdir
kheadersfs -o mkdir,rel|mkdir,release
kheadersfs -o mkdir,release=w|mkdir,release=warn
kheadersfs -o release=|release=check release=warn release=ignore
kheadersfs -o uid=roo|uid=root
kheadersfs -o uid=0,mk|uid=0,mkdir
kheadersfs ve|verify
kheadersfs -o mkdir s|source scripts
kheadersfs verify k|kheaders
kheadersfs verify s|source scripts
kheadersfs info k|kheaders
kheadersfs doctor x|
mount.kheadersfs s|source scripts
mount.kheadersfs k|kheaders
kheadersfs kheaders |source scripts
kheadersfs kheaders s|source scripts
kheadersfs -o mkdir kheaders s|source scripts
kheadersfs status $temporary/m|$temporary/mnt
kheadersfs cflags $temporary/m|$temporary/mnt
kheadersfs status --check $temporary/m|$temporary/mnt
kheadersfs -u $temporary/m|$temporary/mnt
END
}

# What a shell offers for each line of its input, in words without what may follow them: "=", "/".
# shellcheck disable=SC2329 # by its name
offered_by_bash() {
  local line words last
  # shellcheck disable=SC1091 # checked by itself
  . "$completions/kheadersfs.bash"
  # It fails outside of a completion.
  compopt() { :; }
  while read -r line; do
    line=${line%$'\x01'}
    COMP_LINE=$line COMP_POINT=${#line}
    COMPREPLY=()
    _kheadersfs "${line%% *}"
    # readline replaces only what follows "=".
    last=${line##* }
    words=("${COMPREPLY[@]}")
    [[ $last != *=* ]] || words=("${COMPREPLY[@]/#/${last%=*}=}")
    echo "${words[@]}"
  done
}

# shellcheck disable=SC2329 # by its name
offered_by_fish() {
  # shellcheck disable=SC2016 # fish's own variables
  fish --no-config -c 'source $argv[1]; while read -l line
    set -l line (string replace \x01 "" -- $line)
    echo (complete -C $line | string replace -r "\t.*" "")
  end' "$completions/kheadersfs.fish"
}

offered_by_zsh() { tr -d '\001' | TMPDIR=$temporary python3 "$OLDPWD/scripts/completion/zsh.py" "$completions"; }

# A mount, of which the machine need not have another.
kheadersfs -o release=ignore "$PWD/out/archives/kheaders.tar.xz" "$temporary/mnt" || exit
expectations >"$temporary/expectations"
# So that no shell takes a blank at the end away.
cut -d '|' -f 1 "$temporary/expectations" | sed 's/$/\x01/' >"$temporary/lines"
cd "$temporary/work" || exit

failed=0
for shell in bash fish zsh; do
  "offered_by_$shell" <"$temporary/lines" >"$temporary/$shell" || { echo "$shell fails"; failed=1; }
  while IFS='|' read -r line wanted && IFS= read -r offered <&3; do
    offered=" $(tr ' ' '\n' <<<"$offered" | sed 's,[=/]$,,' | sort -u | xargs) "
    if [[ $wanted == +* ]]; then
      for word in ${wanted#+}; do
        [[ $offered == *" $word "* ]] || { echo "$shell: '$line' does not offer '$word' but:$offered"; failed=1; }
      done
    elif [ "$(tr ' ' '\n' <<<"$wanted" | sort -u | xargs)" != "$(xargs <<<"$offered")" ]; then
      echo "$shell: '$line' should offer '$wanted' but offers:$offered"
      failed=1
    fi
  done <"$temporary/expectations" 3<"$temporary/$shell"
done
# What zsh puts into its line then.
got=$(printf '%s\n' '=kheadersfs -o release=w' '=kheadersfs cfl' | offered_by_zsh)
[ "$got" = $'kheadersfs -o release=warn,\nkheadersfs cflags ' ] || { echo "zsh completes to: $got"; failed=1; }
echo "check-completion: $(wc -l <"$temporary/expectations") lines in bash, fish and zsh"
exit "$failed"
