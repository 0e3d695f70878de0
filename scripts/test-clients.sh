#!/bin/sh
# WebSocket clients of node that tests/conformance tries, and TypeScript, with which the SDK is packed, in the versions of
# its package-lock.json. Elsewhere than in CI the tests name what they had to leave out.
set -eu
cd "$(dirname "$0")/../tests/conformance"

stamp=node_modules/.stamp
[ ! "$stamp" -nt package-lock.json ] || exit 0
if ! command -v npm >/dev/null; then
    echo "npm is not installed: some clients are left out" >&2
    [ -z "${CI:-}" ] || exit 1
elif npm ci --silent --no-audit --no-fund --ignore-scripts; then
    touch "$stamp"
else
    echo "The packages of tests/conformance could not be installed" >&2
    [ -z "${CI:-}" ] || exit 1
fi
