# shellcheck shell=bash disable=SC2034,SC2154
# The file systems that scripts/bench.sh compares: what each needs, how its input is made, how it is mounted.
# Sourced with the working directory in bench.sh's scratch folder. There: kheadersfs, kheaders.tar.xz, blocks.tar.xz (links),
# inputs/ (images and the kept store, on disk), tree/ (the archive extracted, while images are made), mnt.

declare -A label=() mount_command=() make_command=() input=()
systems=()
not_measured=()

# system NAME LABEL NEEDS MOUNT [INPUT MAKE]: NEEDS are programs, INPUT is what MAKE makes of tree/ (or of the archive) beforehand.
system() {
  local program
  for program in $3; do
    command -v "$program" >/dev/null || {
      not_measured+=("$2 ($program is not on PATH)")
      return 0
    }
  done
  systems+=("$1")
  label[$1]=$2
  mount_command[$1]=$4
  input[$1]=${5-}
  make_command[$1]=${6-}
}

has_option() { ./kheadersfs --list-options | cut -f 1 | grep -Eq "^$1(=|\$)"; }
in_kernel() { grep -qw "$1" /proc/filesystems || modprobe "$1" 2>/dev/null; }

# What all are compared with. It is measured like the others as well: how far its ratios are from 1 is the noise. The tmpfs itself is
# mounted before the clock starts.
system tmpfs "tar -x to tmpfs" "tar xz" "tar -xJf kheaders.tar.xz -C $mnt"
system ours "kheadersfs" ./kheadersfs "./kheadersfs -o release=ignore kheaders.tar.xz $mnt"
system ours-cached "kheadersfs, cached store" ./kheadersfs \
  "./kheadersfs -o release=ignore,cache=inputs/store kheaders.tar.xz $mnt" \
  inputs/store "./kheadersfs -o release=ignore,cache=inputs/store kheaders.tar.xz $mnt"
if has_option prime; then
  system ours-prime "kheadersfs, -o prime" ./kheadersfs "./kheadersfs -o release=ignore,prime kheaders.tar.xz $mnt"
else
  not_measured+=("kheadersfs -o prime (this build has no such option)")
fi
system fuse-archive "fuse-archive" fuse-archive "fuse-archive kheaders.tar.xz $mnt"
system archivemount "archivemount" archivemount "archivemount -o ro kheaders.tar.xz $mnt"
system ratarmount "ratarmount, index in memory" ratarmount "ratarmount --index-file :memory: kheaders.tar.xz $mnt"
for codec in xz zstd; do
  image=inputs/$codec.squashfs
  making="mksquashfs tree $image -comp $codec -noappend -quiet -no-progress"
  system squashfuse-$codec "squashfuse, $codec" "squashfuse mksquashfs" "squashfuse $image $mnt" $image "$making"
  # The low-level program is the quicker one of the two; once is enough.
  [ $codec = xz ] || system squashfuse_ll-$codec "squashfuse_ll, $codec" "squashfuse_ll mksquashfs" "squashfuse_ll $image $mnt" $image "$making"
  if in_kernel squashfs; then
    system squashfs-$codec "kernel squashfs, $codec" mksquashfs "mount -t squashfs -o loop,ro $image $mnt" $image "$making"
  else
    not_measured+=("kernel squashfs, $codec (not in this kernel)")
  fi
done
image=inputs/lz4hc.erofs
making="mkfs.erofs --quiet -zlz4hc $image tree"
if in_kernel erofs; then
  system erofs "kernel erofs, lz4hc" mkfs.erofs "mount -t erofs -o loop,ro $image $mnt" $image "$making"
else
  not_measured+=("kernel erofs (not in this kernel)")
fi
system erofsfuse "erofsfuse, lz4hc" "erofsfuse mkfs.erofs" "erofsfuse $image $mnt" $image "$making"
system dwarfs "dwarfs" "dwarfs mkdwarfs" "dwarfs inputs/dwarfs $mnt" inputs/dwarfs "mkdwarfs -i tree -o inputs/dwarfs"
