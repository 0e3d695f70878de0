#!/bin/sh
# Copies the libraries of scripts/vendor/package.json to where pages and tests load them from, each with its licence.
# Run it after a change of that file (and of its lock); what it writes is committed.
set -eu
cd "$(dirname "$0")/.."

modules=scripts/vendor/node_modules
npm ci --silent --no-audit --no-fund --ignore-scripts --prefix scripts/vendor

# take DIRECTORY PACKAGE FILE... : as they are, but without the names of source maps, which are not copied, and with
# the one question decided that bundlers answer and browsers cannot
take() {
    directory=$1 package=$2
    shift 2
    mkdir -p "$directory"
    for file in "$@"; do
        sed -e '/^\/\/# sourceMappingURL=/d' -e 's/process\.env\.NODE_ENV !== "production"/false/g' \
            "$modules/$package/$file" >"$directory/${file##*/}"
    done
    cp "$modules/$package"/LICENSE "$directory"
}

rm -rf static/vendor tests/vendor
take static/vendor/marked marked lib/marked.esm.js
take static/vendor/dompurify dompurify dist/purify.es.mjs
take static/vendor/highlight @highlightjs/cdn-assets es/highlight.min.js
take static/vendor/emoji emoji-picker-element database.js
take static/vendor/emoji-data emoji-picker-element-data en/cldr-native/data.json
take static/vendor/virtual-core @tanstack/virtual-core dist/esm/index.js dist/esm/ios-gesture.js \
    dist/esm/lazy-measurements.js dist/esm/scroll-classifier.js dist/esm/utils.js
take tests/vendor/axe-core axe-core axe.min.js
