"""How static files are named and stored."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import IO, Any, Final

import rcssmin
import rjsmin
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.urls import get_script_prefix
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

from chat.web import bundles

_OURS: Final = ("chat/", "sdk/")
_OF_ROOMS: Final = (*_OURS, "vendor/")  # what the pages of the site need, those for staff apart
_IMPORTS: Final = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]
_MINIFIERS: Final = {".js": rjsmin.jsmin, ".css": rcssmin.cssmin}


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Names with hashes also in the imports of modules, so that a page never mixes two releases."""

    # Imports are sought in our modules alone: in the megabytes of Swagger UI and Redoc, which have none, that
    # took half of `collectstatic`.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        *((f"{folder}*.js", _IMPORTS) for folder in _OURS),
    )
    _brotli = True
    _scripts = ""  # the hash of all our scripts, while static files are collected

    @property
    def base_url(self) -> str:
        """Below the path prefix of the request that is being answered."""
        return f"{get_script_prefix().rstrip('/')}{settings.STATIC_URL}"

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        """Store what is collected; of our own, without comments and indentation: a third of what is sent."""
        if name and _is_ours(name):
            content = ContentFile(_minify(name, content.read().decode()).encode())
        return str(super().save(name, content, max_length))

    def post_process(
        self, paths: Mapping[str, tuple[Storage, str]], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        """Join scripts and style sheets, and name the files by their hashes."""
        sources = {name: source for name, source in paths.items() if name.endswith((".js", ".css"))}
        if not dry_run:
            for name, text in _join(sources).items():
                self.delete(name)
                super().save(name, ContentFile(text.encode()))
        scripts = sorted(name for name in sources if _is_ours(name) and name.endswith(".js"))
        self._scripts = _hash(self.open(name).read() for name in scripts)
        stored = {name: (self, name) if _is_ours(name) else source for name, source in paths.items()}
        yield from super().post_process(stored, dry_run, **options)

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """With Brotli what the pages of rooms need, else with gzip alone.

        Brotli would take a minute for the megabytes of Swagger UI, Redoc and the admin site.
        """
        paths = list(paths)
        for self._brotli in (True, False):
            chosen = [path for path in paths if path.startswith(_OF_ROOMS) is self._brotli]
            yield from super().compress_files(chosen)

    def create_compressor(self, **options: Any) -> Compressor:
        """Of the next files."""
        return Compressor(use_brotli=self._brotli, **options)

    def file_hash(self, name: str, content: File[Any] | None = None) -> str:
        """Our scripts share one hash: they import each other in circles, on demand."""
        if name and self._scripts and _is_ours(name) and name.endswith(".js"):
            return self._scripts
        return str(super().file_hash(name, content))

    def stored_name(self, name: str) -> str:
        """The name with its hash; without one for a file that was not collected yet.

        That is no reason for a page to fail: WhiteNoise finds the file where it lies.
        """
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name


def _is_ours(name: str) -> bool:
    return name.startswith(_OURS) and PurePosixPath(name).suffix in _MINIFIERS


def _minify(name: str, text: str) -> str:
    """Leave out comments and indentation; of libraries nothing, as theirs have as little as they can."""
    if not _is_ours(name):
        return text
    return str(_MINIFIERS[PurePosixPath(name).suffix](text, keep_bang_comments=True))


def _join(sources: Mapping[str, tuple[Storage, str]]) -> dict[str, str]:
    """The files that are not stored as they lie there."""

    def read(name: str) -> str:
        storage, path = sources[name]
        with storage.open(path) as file:
            return str(file.read().decode())

    ours = [name for name in sources if _is_ours(name)]
    scripts = bundles.join_modules([name for name in ours if name.endswith(".js")], read, _minify)
    return scripts | bundles.join_sheets([name for name in ours if name.endswith(".css")], read, _minify)


def _hash(contents: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for content in contents:
        whole.update(content)
    return whole.hexdigest()[:12]
