"""How static files are named and stored."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Names with hashes also in the imports of modules, so that a page never mixes two releases."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # a module that imports others, which import others, takes one for each

    def stored_name(self, name: str) -> str:
        """The name with its hash; without one for a file that was not collected yet.

        That is no reason for a page to fail: WhiteNoise finds the file where it lies.
        """
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name
