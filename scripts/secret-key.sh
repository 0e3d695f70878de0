#!/bin/sh
# secret-key.sh FILE: write a random secret to FILE, readable by its owner alone, unless there is one.
set -eu

[ ! -s "$1" ] || exit 0
umask 077
mkdir -p "$(dirname "$1")"
new=$(mktemp "$1.XXXXXX")
od -An -v -N48 -tx1 /dev/urandom | tr -d ' \n' >"$new"
ln "$new" "$1" 2>/dev/null || [ -s "$1" ] || mv "$new" "$1" # ln: the first of two that start together wins
rm -f "$new"
