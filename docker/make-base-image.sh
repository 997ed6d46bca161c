#!/usr/bin/env bash
# Makes the image that everything else in docker/ starts from, without a registry: Debian testing with Node.js,
# nats-server and HAProxy, from the mirror that this machine's own apt uses. Run as root; needs debootstrap and Docker.
set -euo pipefail

image=${1:-stowage-base}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

if [ "$(id -u)" -ne 0 ]; then
  echo "debootstrap needs root: run this as root or through sudo." >&2
  exit 1
fi
if ! command -v debootstrap >/dev/null; then
  echo "debootstrap is missing: apt-get install debootstrap" >&2
  exit 1
fi

mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m 1 '/debian/\?$') || {
  echo "No Debian mirror is named in this machine's apt configuration." >&2
  exit 1
}

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

debootstrap --variant=minbase --include=nodejs,nats-server,haproxy,ca-certificates --keyring="$keyring" \
  testing "$root" "$mirror"

# An image needs neither downloaded packages nor apt's lists nor manuals.
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/*

tar --directory "$root" --create . | docker import - "$image" >/dev/null
echo "$image: $(docker run --rm "$image" node --version), $(docker run --rm "$image" nats-server --version), $(docker run --rm "$image" haproxy -v | head -n 1)"
