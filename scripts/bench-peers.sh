#!/bin/sh
# bench-peers.sh DIR: what `make bench` compares with. Python packages go into the environment DIR, those of node
# into bench/peers/node_modules. What cannot be installed is named; the benchmark goes without it.
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
