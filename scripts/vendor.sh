#!/bin/sh
# Copies the libraries of scripts/vendor/package.json to where pages and tests load them from, each with its licence.
# Run it after a change of that file (and of its lock); what it writes is committed.
set -eu
cd "$(dirname "$0")/.."

modules=scripts/vendor/node_modules
npm ci --silent --no-audit --no-fund --ignore-scripts --prefix scripts/vendor

# take DIRECTORY PACKAGE FILE... : as they are, but without the names of source maps, which are not copied
take() {
    directory=$1 package=$2
    shift 2
    mkdir -p "$directory"
    for file in "$@"; do
        sed '/^\/\/# sourceMappingURL=/d' "$modules/$package/$file" >"$directory/${file##*/}"
    done
    cp "$modules/$package"/LICENSE "$directory"
}

# pack DIRECTORY PACKAGE FILE NAME: one file of it and what it imports, made small; it is sent to everybody
pack() {
    mkdir -p "$1"
    "$modules/.bin/esbuild" --log-level=warning --bundle --minify --format=esm --legal-comments=inline \
        '--define:process.env.NODE_ENV="production"' "$modules/$2/$3" --outfile="$1/$4"
    cp "$modules/$2"/LICENSE "$1"
}

# unpack_sources PACKAGE MAP: the sources that a source map has, for what can only be left out there
unpack_sources() {
    node -e '
        const [map, folder] = process.argv.slice(1), { sources, sourcesContent } = JSON.parse(fs.readFileSync(map));
        fs.mkdirSync(folder, { recursive: true });
        sources.forEach((name, place) => fs.writeFileSync(path.join(folder, path.basename(name)), sourcesContent[place]));
    ' "$modules/$1/$2" "$modules/$1/unpacked"
}

rm -rf static/vendor tests/vendor
unpack_sources marked lib/marked.esm.js.map # without what makes HTML: static/chat/text/markdown.js makes elements
cp scripts/vendor/marked.ts "$modules/marked/unpacked"
pack static/vendor/marked marked unpacked/marked.ts marked.js
pack static/vendor/dompurify dompurify dist/purify.es.mjs purify.js
take static/vendor/highlight @highlightjs/cdn-assets es/highlight.min.js
take static/vendor/emoji emoji-picker-element database.js
take static/vendor/emoji-data emoji-picker-element-data en/cldr-native/data.json
pack static/vendor/virtual-core @tanstack/virtual-core dist/esm/index.js virtual-core.js
take tests/vendor/axe-core axe-core axe.min.js
