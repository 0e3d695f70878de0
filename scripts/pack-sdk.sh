#!/bin/sh
# Pack the JavaScript SDK for npm: `scripts/pack-sdk.sh FOLDER` writes wschat-client-VERSION.tgz there. The type
# declarations are made here from the comments of its modules, so that they are written down once.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
tsc=tests/conformance/node_modules/.bin/tsc
[ -x "$tsc" ] || { echo "TypeScript is not installed: scripts/test-clients.sh" >&2; exit 1; }

package=$(mktemp -d)
trap 'rm -rf "$package"' EXIT
cp static/sdk/* LICENSE "$package"
"$tsc" --allowJs --declaration --emitDeclarationOnly --stripInternal --target es2023 --module nodenext \
    --outDir "$package/types" "$package/client.js"
cd "$package"
npm pack --silent --ignore-scripts --pack-destination "$folder"
