"""The site's own settings, in an environment that is the same everywhere.

Used by pytest, by mypy's Django plugin and by `manage.py` in `make check`. Servers that tests start as
processes use `wschat_site.settings`, with an environment of their own (`tests/support/server.py`).
"""

import os
from pathlib import Path

from tests.support.limits import RAISED
from wschat_site.env import Env

DATA = Path(__file__).resolve().parents[1] / ".test-data"

Env.model_config["env_file"] = None  # a developer's .env may name a database that is dear to them
for _name in Env.model_fields:
    os.environ.pop(_name.upper(), None)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")  # tests/integration/test_on_postgres.py
os.environ.update(
    RAISED, SECRET_KEY="for-the-tests-alone-d9d3fd327dd98108ebc45b9d79830979", WSCHAT_DATA_DIR=str(DATA)
)

(DATA / "static").mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a folder that is not there

from wschat_site.settings import *  # noqa: E402, F403
from wschat_site.settings import DATABASES  # noqa: E402

# A file, because the log's writer threads have connections of their own; and one for each run of the tests.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA / f"test-{os.getpid()}.sqlite3")}

# Nothing is collected in front of a test in process: a page may name a static file that has no hashed copy.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
