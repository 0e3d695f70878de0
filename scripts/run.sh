#!/bin/sh
# run.sh PYTHON: prepare what is not yet prepared, and serve. All data lies in data/ (WSCHAT_DATA_DIR).
set -eu

python=$1
data=${WSCHAT_DATA_DIR:-data}
export WSCHAT_DATA_DIR="$data"
(umask 077 && mkdir -p "$data") # it holds messages: no other user may read it

if [ -z "${SECRET_KEY:-}${SECRET_KEY_FILE:-}" ]; then
    scripts/secret-key.sh "$data/secret_key"
    export SECRET_KEY_FILE="$data/secret_key"
fi

# Collecting static files takes seconds: only when one of them, or what decides about them, has changed.
collected=$data/.static-collected
if [ ! -e "$collected" ] ||
    [ -n "$(find static wschat_site/settings.py chat/web/storage.py chat/web/bundles.py requirements.txt -newer "$collected" | head -n 1)" ]; then
    "$python" manage.py collectstatic --noinput --verbosity 0
    touch "$collected"
fi

"$python" manage.py migrate --noinput --verbosity 0
exec "$python" manage.py serve "${HOST:-127.0.0.1}:${PORT:-8000}"
