#!/bin/sh
# messages.sh PYTHON: collect the texts of templates, Python and scripts into locale/, and compile what is translated.
# Needs GNU gettext (Debian: apt-get install gettext). Running the site does not: what this writes is committed.
set -eu
cd "$(dirname "$0")/.."

python=$1
export DJANGO_SETTINGS_MODULE=tests.settings

collect() {
    "$python" manage.py makemessages --all --domain "$1" --add-location file --no-obsolete --no-wrap --verbosity 0 \
        --ignore 'static/vendor/*' --ignore 'static/sdk/*' --ignore 'tests/*' --ignore 'bench/*' --ignore 'examples/*' \
        --ignore 'node_modules' --ignore '.venv*' --ignore 'data' --ignore '.test-data'
}

collect django
collect djangojs
# When it was done would be a change each time.
sed -i '/^"POT-Creation-Date: /d' locale/*/LC_MESSAGES/*.po
"$python" manage.py compilemessages --locale de --verbosity 0

left=$(for file in locale/*/LC_MESSAGES/*.po; do msgattrib --untranslated "$file"; msgattrib --only-fuzzy "$file"; done |
    grep -c '^msgid "..*"' || true)
if [ "$left" -ne 0 ]; then
    echo "$left texts in locale/ are not translated yet. Translate them (without \"fuzzy\"), and run this again."
fi
