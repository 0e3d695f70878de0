"""How static files are named and stored."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import IO, Any, Final

import rcssmin
import rjsmin
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

_OURS: Final = ("chat/", "sdk/")
_MINIFIERS: Final = {".js": rjsmin.jsmin, ".css": rcssmin.cssmin}


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Names with hashes also in the imports of modules, so that a page never mixes two releases."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # a module that imports others, which import others, takes one for each

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        """Store what is collected; of our own, without comments and indentation: a third of what is sent."""
        if name and (minify := _minifier_for(name)) is not None:
            content = ContentFile(minify(content.read().decode(), keep_bang_comments=True).encode())
        return str(super().save(name, content, max_length))

    def post_process(
        self, paths: Mapping[str, tuple[Storage, str]], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        """Name the files by their hashes: those that were stored, and not where they came from."""
        stored = {name: (self, name) if _minifier_for(name) else source for name, source in paths.items()}
        yield from super().post_process(stored, dry_run, **options)

    def stored_name(self, name: str) -> str:
        """The name with its hash; without one for a file that was not collected yet.

        That is no reason for a page to fail: WhiteNoise finds the file where it lies.
        """
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name


def _minifier_for(name: str) -> Callable[..., str] | None:
    return _MINIFIERS.get(PurePosixPath(name).suffix) if name.startswith(_OURS) else None
