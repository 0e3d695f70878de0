#!/bin/sh
# Redis, PostgreSQL, Chromium, Firefox, nginx, npm and a C compiler for the tests. On Debian, as root or with sudo that asks
# for no password, installs what is missing. Elsewhere the tests use what is there and name what they had to leave out.
set -eu

has_postgresql() {
    command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

packages=
command -v redis-server >/dev/null || packages="$packages redis-server"
has_postgresql || packages="$packages postgresql"
command -v chromium >/dev/null || packages="$packages chromium"
command -v firefox-esr >/dev/null || command -v firefox >/dev/null || packages="$packages firefox-esr"
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || packages="$packages nginx-light"
command -v npm >/dev/null || packages="$packages nodejs npm"
command -v cc >/dev/null || packages="$packages gcc libc6-dev"
[ -n "$packages" ] || exit 0

grep -qx 'ID=debian' /etc/os-release 2>/dev/null || exit 0
sudo=
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || exit 0
    sudo="sudo -n"
fi

echo "Installing for the tests:$packages ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# RUNLEVEL=1: the tests start servers of their own, the packages need not start theirs.
# shellcheck disable=SC2086 # $sudo and $packages are lists of words
if ! { $sudo apt-get update -qq &&
    $sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -qq -y --no-install-recommends $packages; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "Could not install:$packages" >&2
    [ -z "${CI:-}" ] || exit 1
fi
