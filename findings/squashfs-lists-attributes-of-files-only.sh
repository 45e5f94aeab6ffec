#!/usr/bin/env bash
# Linux's squashfs, an image without extended attributes (mksquashfs 4.5.1 -no-xattrs): listxattr(2) of a file is an empty list, of a directory and
# of a symbolic link it is EOPNOTSUPP (95). One would expect one answer for one file system: so `tar --xattrs` warns of some members and not of others.
# Seen on 2026-11-30 with Linux 6.18 and squashfs-tools 1:4.5.1-1 of Debian 12. Needs root, and a kernel with squashfs and loop devices.
set -euo pipefail
work=$(mktemp -d)
trap 'umount "$work/mnt" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -q squashfs-tools=1:4.5.1-1 >/dev/null 2>&1 || { echo "cannot download squashfs-tools 1:4.5.1-1" >&2; exit 77; }
dpkg -x squashfs-tools_*.deb tools
mkdir -p tree/directory mnt
echo text >tree/file
ln -s file tree/link
tools/usr/bin/mksquashfs tree image -no-xattrs -quiet -no-progress
mount -t squashfs -o loop,ro image mnt || { echo "this kernel mounts no squashfs" >&2; exit 77; }
seen=$(python3 - <<'PYTHON'
import errno, os
for name in ("file", "directory", "link"):
    try:
        print(name, os.listxattr("mnt/" + name, follow_symlinks=False))
    except OSError as error:
        print(name, errno.errorcode[error.errno])
PYTHON
)
echo "Linux $(uname -r), $(tools/usr/bin/mksquashfs -version | head -n 1):"
echo "$seen"
[ "$seen" = $'file []\ndirectory ENOTSUP\nlink ENOTSUP' ] || { echo "this has changed" >&2; exit 1; }
