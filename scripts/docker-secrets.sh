#!/bin/sh
# docker-secrets.sh DIR: create the secrets that the services of docker-compose.yml share
# may: Django's secret key, PostgreSQL's password, and the same password as libpq reads it.
set -eu

here=$(dirname "$0")
"$here/secret-key.sh" "$1/secret_key"
"$here/secret-key.sh" "$1/postgres_password"
umask 077
printf '*:*:*:*:%s\n' "$(cat "$1/postgres_password")" >"$1/pgpass"
