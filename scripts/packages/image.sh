#!/usr/bin/env bash
# Builds the container image.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/packages/image.sh [-h]
Builds out/packages/RID/kheadersfs-VERSION-RID.oci.tar of what make has built: an image in OCI's layout, FROM scratch, with the
program as /kheadersfs and nothing else. "podman load", "docker load" and "skopeo copy oci-archive:..." read it.
It needs a static program.
  RID=... SOURCE_DATE_EPOCH=... OUTPUT=...  as in scripts/packages/common.sh
USAGE
}
case ${1-} in
  '') ;;
  *) usage; [[ $1 = -h || $1 = --help ]] || exit 2; exit ;;
esac
# shellcheck source=scripts/packages/common.sh
source scripts/packages/common.sh

glibc=$(oldest_glibc)
[ -z "$glibc" ] || fail "$program needs glibc $glibc, which an image of one file has not: build a static program"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
blobs=$work/image/blobs/sha256
mkdir -p "$work/layer" "$blobs"
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)

# blob FILE: moves it among the blobs and prints what the others call it by: digest and size, as JSON
blob() {
  local digest size
  digest=$(sha256sum <"$1" | cut -d ' ' -f 1)
  size=$(stat -c %s "$1")
  mv "$1" "$blobs/$digest"
  printf '"digest": "sha256:%s", "size": %s' "$digest" "$size"
}

install -m 755 "$program" "$work/layer/kheadersfs"
pack "$work/layer" kheadersfs >"$work/layer.tar"
uncompressed=$(sha256sum <"$work/layer.tar" | cut -d ' ' -f 1)
gzip -9n "$work/layer.tar"
layer=$(blob "$work/layer.tar.gz")

# No user, no shell, no /etc/passwd: mounting needs root, and root is 0. The runtime gives /proc, /sys and /dev.
cat >"$work/config" <<CONFIG
{
  "created": "$created",
  "architecture": "$debian",
  "os": "linux",
  "config": {
    "Entrypoint": ["/kheadersfs"],
    "Cmd": ["-h"],
    "StopSignal": "SIGTERM",
    "Labels": {
      "org.opencontainers.image.title": "kheadersfs",
      "org.opencontainers.image.description": "$summary",
      "org.opencontainers.image.version": "$version",
      "org.opencontainers.image.licenses": "$(licence_expression)"
    }
  },
  "rootfs": { "type": "layers", "diff_ids": ["sha256:$uncompressed"] },
  "history": [{ "created": "$created", "created_by": "scripts/packages/image.sh" }]
}
CONFIG
config=$(blob "$work/config")
cat >"$work/manifest" <<MANIFEST
{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": { "mediaType": "application/vnd.oci.image.config.v1+json", $config },
  "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", $layer }]
}
MANIFEST
manifest=$(blob "$work/manifest")
cat >"$work/image/index.json" <<INDEX
{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [{
    "mediaType": "application/vnd.oci.image.manifest.v1+json", $manifest,
    "platform": { "architecture": "$debian", "os": "linux" },
    "annotations": { "org.opencontainers.image.ref.name": "$version", "io.containerd.image.name": "docker.io/library/kheadersfs:$version" }
  }]
}
INDEX
echo '{ "imageLayoutVersion": "1.0.0" }' >"$work/image/oci-layout"
# Docker before version 25 looks for this file instead.
path() { cut -d '"' -f 4 <<<"$1" | tr : / | sed 's|^|blobs/|'; }
echo "[{ \"Config\": \"$(path "$config")\", \"RepoTags\": [\"kheadersfs:$version\"], \"Layers\": [\"$(path "$layer")\"] }]" >"$work/image/manifest.json"

package=$output/kheadersfs-$version-$RID.oci.tar
pack "$work/image" blobs index.json manifest.json oci-layout >"$package"
echo "image: $package, $(stat -c %s "$package") bytes"
