# shellcheck shell=bash
# To be sourced: how long things may take. A limit only guards against hanging: it is ten times what the thing usually takes on a quiet
# machine with two processors, and longer on a slower or busy one.
#   KHEADERSFS_SLOWNESS  how many times as long as there the same work takes here: a whole number; default: 1

# measure_slowness: prints it, by a fixed piece of work for each processor at once
measure_slowness() {
  local from=${EPOCHREALTIME/./} usual=550000
  seq "$(nproc)" | xargs -P 0 -I {} bash -c 'for ((i = 0; i < 150000; i++)); do :; done; for ((i = 0; i < 150; i++)); do (:); done'
  echo $(((${EPOCHREALTIME/./} - from + usual - 1) / usual))
}

# limit USUAL: in seconds
limit() { echo $(($1 * 10 * ${KHEADERSFS_SLOWNESS:-1})); }

# within USUAL COMMAND...: its status. One that runs into its limit is killed, and a line says so: 124.
within() {
  local limit status=0 end
  limit=$(limit "$1")
  shift
  end=$((SECONDS + limit))
  timeout -k 10 "$limit" "$@" || status=$?
  if [ "$status" -ge 124 ] && [ "$SECONDS" -ge "$end" ]; then
    echo "${0##*/}: ran into its limit of $limit seconds: $*" >&2
    status=124
  fi
  return "$status"
}
