#!/bin/busybox sh
# shellcheck shell=dash disable=SC2013
# Process 1 of a stock kernel: loads the modules that the root needs, and goes over to that, as the kernel itself would have
# done. busybox and the modules are all there is.
/bin/busybox --install -s /bin
mkdir -p /proc /dev /new
mount -t proc proc /proc
while read -r module; do
  insmod "/modules/$module" || echo "initramfs: cannot load $module"
done </modules/order

checkout='' init=''
for word in $(cat /proc/cmdline); do
  case $word in
    init=*) init=${word#init=} ;;
    checkout=*) checkout=${word#checkout=} ;;
  esac
done
share() { mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose "$1" "$2"; }
share host /new
# A root of its own has only the place for it.
[ -z "$checkout" ] || share checkout "/new$checkout"
umount /proc
exec switch_root /new "$init"
