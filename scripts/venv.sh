#!/bin/sh
# venv.sh DIR: make a virtual environment in DIR with the first Python that is new enough.
# PYTHON=/path/to/python chooses one.
set -eu

no_venv=
for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "Making $1 with $("$python" --version) ..."
        exec "$python" -m venv --clear "$1"
    fi
    no_venv=$python
done

if [ -n "$no_venv" ]; then
    echo "wschat: $no_venv has no venv module. On Debian and Ubuntu: apt install python3-venv" >&2
else
    echo "wschat needs Python 3.11 or newer; none was found (looked for: ${PYTHON:-python3, python3.11 to python3.14})." >&2
fi
exit 1
