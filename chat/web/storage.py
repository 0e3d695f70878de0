"""How static files are named and stored."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Names with hashes also in the imports of modules, so that a page never mixes two releases."""

    support_js_module_import_aggregation = True
