# bash completion for kheadersfs(8). Commands and options come from the program: kheadersfs --list-options.

# _kheadersfs_names PROGRAM KIND: the names of a kind, a line each
_kheadersfs_names() {
  local name kind _
  while IFS=$'\t' read -r name kind _; do
    [[ $kind != "$2" ]] || printf '%s\n' "${name%%=*}"
  done < <("$1" --list-options 2>/dev/null)
}

# _kheadersfs_of_command PROGRAM COMMAND: its options and its operand, a line each; nothing if it is none
_kheadersfs_of_command() {
  local name kind flags operand _
  while IFS=$'\t' read -r name kind _ flags operand; do
    [[ $kind != command || $name != "$2" ]] || printf '%s\n' "$flags" "$operand"
  done < <("$1" --list-options 2>/dev/null)
}

# What is being typed after the last comma of a list of -o.
_kheadersfs_options() {
  local program=$1 list=$2 typed=${2##*,} name argument kind _
  local before=${list%"$typed"}
  local -a names=()
  while IFS=$'\t' read -r name kind _; do
    argument=
    [[ $name != *=* ]] || argument=${name#*=}
    name=${name%%=*}
    if [[ $kind == @(ignored|command|switch) ]]; then
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
  local directory type _ IFS=$' \t\n'
  while read -r _ directory type _; do
    [[ $type != fuse.kheadersfs ]] || printf '%b\n' "${directory//\\/\\0}"
  done </proc/self/mounts
}

# _kheadersfs_command FLAGS OPERAND CUR: what may follow a command
_kheadersfs_command() {
  local IFS=$' \n'
  if [[ $3 == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$3")
    return
  fi
  compopt -o filenames
  IFS=$'\n'
  case $2 in
    ARCHIVE) mapfile -t COMPREPLY < <(compgen -W "$(_kheadersfs_sources)" -- "$3"; compgen -f -- "$3") ;;
    DIR) mapfile -t COMPREPLY < <(compgen -W "$(_kheadersfs_mounts)" -- "$3") ;;
  esac
}

# The kernels that are installed.
_kheadersfs_sources() {
  local directory
  echo kheaders
  for directory in /lib/modules/*/; do
    [[ ! -d $directory ]] || printf 'release:%s\n' "$(basename "$directory")"
  done
}

_kheadersfs() {
  # Words as the shell splits them, at blanks alone.
  local line=${COMP_LINE:0:COMP_POINT} cur previous operands=0 unmount=0 i
  local -a words command
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
  elif [[ ${#words[@]} -gt 2 && ${words[0]} != *mount.* ]]; then
    mapfile -t command < <(_kheadersfs_of_command "$1" "${words[1]}")
    if ((${#command[@]})); then
      _kheadersfs_command "${command[@]}" "$cur"
      return
    fi
  fi
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_kheadersfs_names "$1" switch)" -- "$cur")
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
    local IFS=$'\n' commands=
    [[ ${#words[@]} -gt 2 || ${words[0]} == *mount.* ]] || commands=$(_kheadersfs_names "$1" command) # only as the first word
    mapfile -t COMPREPLY < <(compgen -W "$commands"$'\n'"$(_kheadersfs_sources)" -- "$cur"; compgen -f -- "$cur")
  elif ((operands == 1)); then
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
  fi
}
complete -F _kheadersfs kheadersfs mount.fuse.kheadersfs mount.kheadersfs
