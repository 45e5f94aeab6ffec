#!/bin/sh
# Installs what lies beside this script, or takes it away again. Needs nothing but sh, and commands that busybox has too.
set -eu

usage() {
  cat <<'USAGE'
usage: ./install.sh [-h] [install|uninstall|purge]
  install    copy the program, its manual, service and completions; over another version: the service's mount goes on
  uninstall  stop the service and what the generator has armed, and remove what install has copied; other mounts keep their servers
  purge      uninstall, and remove what the service has kept below /var
  PREFIX=...   default: /usr/local
  SBINDIR=...  where mount(8) looks for its helpers; default: /sbin
  OPENRCDIR=...  where OpenRC has its services; default: /etc/init.d where there is /sbin/openrc-run, and else none is copied
  DESTDIR=...  root of the system to install into, if it is not the running one
USAGE
}
action=${1:-install}
case $action in
  install | uninstall | purge) ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac
PREFIX=${PREFIX:-/usr/local}
SBINDIR=${SBINDIR:-/sbin}
DESTDIR=${DESTDIR:-}
if [ -z "${OPENRCDIR-}" ] && [ -e "$DESTDIR/sbin/openrc-run" ]; then
  OPENRCDIR=/etc/init.d
fi
OPENRCDIR=${OPENRCDIR:-}
umask 022
cd "$(dirname "$0")/files"
service=$DESTDIR$PREFIX/lib/systemd/system/kheadersfs.service
helpers='mount.fuse.kheadersfs mount.kheadersfs'

# Of the running system only, and only where systemd runs.
tell_systemd() {
  if [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]; then
    systemctl "$@" kheadersfs.service || true
  fi
}
# What the generator has armed: it mounts nothing any more, and leaves no directory.
disarm() {
  if [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]; then
    for unit in /run/systemd/generator.late/kheadersfs-directory@*.service; do
      [ ! -e "$unit" ] || systemctl stop "$(basename "${unit#*@}" .service).automount" || true
    done
  fi
}
reload_systemd() {
  if [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload || true
  fi
}
# tell_openrc COMMAND: to the service, if OpenRC runs and has started it
tell_openrc() {
  if [ -z "$DESTDIR" ] && [ -n "$OPENRCDIR" ] && [ -d /run/openrc ]; then
    rc-service --ifstarted kheadersfs "$1" || true
  fi
}

copy() {
  find . -type d | while read -r directory; do
    mkdir -p "$DESTDIR$PREFIX/$directory"
  done
  # By another name first: a program that runs cannot be written to.
  find . ! -type d | while read -r file; do
    cp -dp "$file" "$DESTDIR$PREFIX/$file.new"
    mv -f "$DESTDIR$PREFIX/$file.new" "$DESTDIR$PREFIX/$file"
  done
  sed "s|/usr/bin/|$PREFIX/bin/|" lib/systemd/system/kheadersfs.service >"$service"
  if [ -n "$OPENRCDIR" ]; then
    mkdir -p "$DESTDIR$OPENRCDIR"
    sed "s|/usr/local/bin/|$PREFIX/bin/|" ../openrc/kheadersfs >"$DESTDIR$OPENRCDIR/kheadersfs"
    chmod 755 "$DESTDIR$OPENRCDIR/kheadersfs"
  fi
  mkdir -p "$DESTDIR$SBINDIR"
  for helper in $helpers; do
    ln -sfn "$PREFIX/bin/kheadersfs" "$DESTDIR$SBINDIR/$helper"
  done
}

remove() {
  find . ! -type d | while read -r file; do
    rm -f "$DESTDIR$PREFIX/$file"
  done
  for helper in $helpers; do
    rm -f "$DESTDIR$SBINDIR/$helper"
  done
  rm -f "$DESTDIR/etc/systemd/system/multi-user.target.wants/kheadersfs.service"
  if [ -n "$OPENRCDIR" ]; then
    rm -f "$DESTDIR$OPENRCDIR/kheadersfs" "$DESTDIR"/etc/runlevels/*/kheadersfs
  fi
  # Directories that others use too stay.
  find . -depth -type d -path './share/doc/*' | while read -r directory; do
    rmdir "$DESTDIR$PREFIX/$directory" 2>/dev/null || true
  done
}

case $action in
  install)
    upgrade=
    [ ! -e "$DESTDIR$PREFIX/bin/kheadersfs" ] || upgrade=1
    copy
    reload_systemd
    # The new program takes over what the service has mounted, in the same process.
    [ -z "$upgrade" ] || tell_systemd try-reload-or-restart
    [ -z "$upgrade" ] || tell_openrc reload
    echo "install.sh: installed $DESTDIR$PREFIX/bin/kheadersfs"
    ;;
  uninstall | purge)
    tell_systemd stop
    tell_openrc stop
    disarm
    remove
    reload_systemd
    if [ "$action" = purge ]; then
      rm -rf "$DESTDIR/var/cache/kheadersfs"
      rm -f "$DESTDIR/var/log/kheadersfs.log"
      # A lock that nobody holds; but servers of other mounts may still have their notes there.
      [ -d "$DESTDIR/run/kheadersfs/mounts" ] || rm -rf "$DESTDIR/run/kheadersfs"
    fi
    echo "install.sh: removed $DESTDIR$PREFIX/bin/kheadersfs"
    ;;
esac
