# shellcheck shell=bash
# To be sourced.

# contain ARGUMENT...: runs this script with inside, the arguments and a temporary directory, in namespaces of its own: whatever is left
# behind ends with them. Exits with its status.
contain() {
  local status=0
  temporary=$(mktemp -d)
  chmod 755 "$temporary"
  trap 'kill -KILL "$contained" 2>/dev/null || true; wait || true; rm -rf --one-file-system "$temporary"' EXIT
  trap 'exit 1' INT TERM
  setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc "$0" inside "$@" "$temporary" &
  contained=$!
  wait "$contained" || status=$?
  exit "$status"
}
