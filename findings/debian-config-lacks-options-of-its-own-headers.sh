#!/usr/bin/env bash
# Debian 12's kernel 6.1.192-3: the configuration that the image installs as /boot/config-R and the autoconf.h that the headers of the same build install do
# not agree. Four options are defined in autoconf.h and are not mentioned in the configuration, not even as "is not set". One would expect the one to be made of
# the other, so that a tool which compares them knows whether headers belong to a kernel.
# Seen on 2026-11-30 with linux-image-6.1.0-57-amd64 and linux-headers-6.1.0-57-amd64 6.1.192-3.
set -euo pipefail
release=6.1.0-57-amd64 version=6.1.192-3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q "linux-image-$release=$version" "linux-headers-$release=$version" >/dev/null 2>&1 ||
  { echo "cannot download linux-image-$release and linux-headers-$release $version" >&2; exit 77; }
for package in *.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x --wildcards './boot/config-*' './usr/src/*/include/generated/autoconf.h' 2>/dev/null || true
done
config=boot/config-$release
header=$(echo usr/src/*/include/generated/autoconf.h)
sed -nE 's/^#define (CONFIG_[A-Za-z0-9_]+) .*/\1/p' "$header" | sed 's/_MODULE$//' | sort -u >defined
grep -oE '^(# )?CONFIG_[A-Za-z0-9_]+' "$config" | sed -e 's/^# //' -e 's/_MODULE$//' | sort -u >mentioned
seen=$(comm -23 defined mentioned | xargs)
echo "$release $version: in autoconf.h and not in config-$release: $seen"
[ "$seen" = "CONFIG_BUILD_SALT CONFIG_MODULE_SIG_ALL CONFIG_MODULE_SIG_KEY CONFIG_SYSTEM_TRUSTED_KEYS" ] || { echo "this has changed" >&2; exit 1; }
