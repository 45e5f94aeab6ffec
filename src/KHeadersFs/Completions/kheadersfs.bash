# bash completion for kheadersfs(8). Names of options come from the program.

# What is being typed after the last comma of a list of -o.
_kheadersfs_options() {
  local program=$1 list=$2 typed=${2##*,} name argument kind _
  local before=${list%"$typed"}
  local -a names=()
  while IFS=$'\t' read -r name kind _; do
    argument=
    [[ $name != *=* ]] || argument=${name#*=}
    name=${name%%=*}
    if [[ $kind == ignored ]]; then
      continue
    elif [[ $typed != *=* ]]; then
      names+=("$name${argument:+=}")
    elif [[ $name == "${typed%%=*}" ]]; then
      case $argument in
        *'|'*) mapfile -t names < <(compgen -P "$name=" -W "${argument//|/ }") ;;
        USER) mapfile -t names < <(compgen -P "$name=" -u) ;;
        GROUP) mapfile -t names < <(compgen -P "$name=" -g) ;;
      esac
    fi
  done < <("$program" --list-options 2>/dev/null)

  mapfile -t COMPREPLY < <(compgen -P "$before" -W "${names[*]}" -- "$typed")
  # readline has split the word at each "=" (COMP_WORDBREAKS) and replaces only what follows the last one.
  local taken=
  [[ $list != *=* || $COMP_WORDBREAKS != *=* ]] || taken=${list%=*}=
  COMPREPLY=("${COMPREPLY[@]#"$taken"}")
  # A comma or a value may follow.
  compopt -o nospace
}

_kheadersfs_mounts() {
  local directory type _
  while read -r _ directory type _; do
    [[ $type != fuse.kheadersfs ]] || printf '%b\n' "${directory//\\/\\0}"
  done </proc/self/mounts
}

# What may follow a command.
_kheadersfs_command() {
  local IFS=$'\n' flags=--json
  [[ $1 != status ]] || flags+=$'\n--check'
  [[ $1 != verify ]] || flags+=$'\n-o'
  if [[ $2 == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$2")
  elif [[ $1 == verify ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -W kheaders -- "$2"; compgen -f -- "$2")
  else
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -W "$(_kheadersfs_mounts)" -- "$2")
  fi
}

_kheadersfs() {
  # Words as the shell splits them, at blanks alone.
  local line=${COMP_LINE:0:COMP_POINT} cur previous sources="kheaders none auto" operands=0 unmount=0 i
  local -a words
  read -ra words <<<"$line"
  [[ $line != *[[:blank:]] ]] || words+=("")
  cur=${words[-1]}
  previous=${words[-2]-}
  COMPREPLY=()

  if [[ $previous == -o ]]; then
    _kheadersfs_options "$1" "$cur"
    return
  elif [[ $cur == -o?* ]]; then
    _kheadersfs_options "$1" "${cur#-o}"
    [[ $cur == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/-o}")
    return
  elif [[ ${words[1]-} =~ ^(status|cflags|verify)$ && ${#words[@]} -gt 2 && ${words[0]} != *mount.* ]]; then
    _kheadersfs_command "${words[1]}" "$cur"
    return
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "-f -h --help-all -o -s -u -v -V" -- "$cur")
    return
  fi

  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    case ${words[i]} in
      -o) ((i++)) ;;
      -u) unmount=1 ;;
      -?*) ;;
      *) ((operands++)) ;;
    esac
  done
  compopt -o filenames
  if ((unmount)); then
    local IFS=$'\n'
    mapfile -t COMPREPLY < <(compgen -W "$(_kheadersfs_mounts)" -- "$cur")
  elif ((operands == 0)); then
    [[ ${#words[@]} -gt 2 || ${words[0]} == *mount.* ]] || sources+=" status cflags verify" # commands only as the first word
    mapfile -t COMPREPLY < <(compgen -W "$sources" -- "$cur"; compgen -f -- "$cur")
  elif ((operands == 1)); then
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
  fi
}
complete -F _kheadersfs kheadersfs mount.fuse.kheadersfs mount.kheadersfs
