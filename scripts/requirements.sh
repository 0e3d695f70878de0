#!/bin/sh
# requirements.sh UV [OPTION...]: compile the .in files for every platform and Python from 3.11 on.
# Versions stay as they are unless an .in file demands otherwise; --upgrade takes the newest.
set -eu

uv=$1
shift
for name in requirements requirements-dev requirements-bench; do
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" \
        --output-file "$name.txt" "$@" "$name.in"
done
