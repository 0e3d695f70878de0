#!/bin/sh
# bench-peers.sh DIR: what `make bench` compares with. Python packages go into the environment DIR, those of node
# into bench/peers/node_modules; ejabberd and Prosody are Debian's, which this needs root or sudo without a password for.
# What cannot be installed is named; the benchmark goes without it.
set -u

venv=$1
if [ ! "$venv/.stamp" -nt requirements-bench.txt ]; then
    if scripts/venv.sh "$venv" && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes -r requirements-bench.txt; then
        touch "$venv/.stamp"
    else
        echo "bench: without the Python packages of requirements-bench.txt" >&2
    fi
fi

modules=bench/peers/node_modules
if ! command -v npm >/dev/null; then
    echo "bench: without node's packages, as npm is not installed" >&2
elif [ ! "$modules/.stamp" -nt bench/peers/package-lock.json ]; then
    if npm ci --silent --no-audit --no-fund --prefix bench/peers; then
        touch "$modules/.stamp"
    else
        echo "bench: without node's packages" >&2
    fi
fi

packages=
ls -d /usr/lib/*/ejabberd-* /usr/lib/erlang/lib/p1_sqlite3-* >/dev/null 2>&1 || packages="$packages ejabberd erlang-p1-sqlite3"
{ command -v prosody && ls /usr/lib/*/lua/5.*/dbd/sqlite3.so; } >/dev/null 2>&1 || packages="$packages prosody lua-dbi-sqlite3"
if [ -n "$packages" ]; then
    sudo=
    [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
    # RUNLEVEL=1: the benchmark starts servers of its own, the packages need not start theirs.
    # shellcheck disable=SC2086 # $sudo and $packages are lists of words
    if ! { grep -qx 'ID=debian' /etc/os-release && $sudo apt-get update -qq &&
        $sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
            apt-get install -qq -y --no-install-recommends $packages; } >/dev/null 2>&1; then
        echo "bench: without Debian's$packages" >&2
    fi
fi
