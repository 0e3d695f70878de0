"""The package's README matches the package."""

import re
import tomllib
from pathlib import Path

import wschat_client
from wschat_client import Client, Room

from tests.support.server import ROOT

FOLDER = ROOT / "clients" / "python"


def test_readme_names_all_that_is_public():
    readme = (FOLDER / "README.md").read_text()
    for kind in (Client, Room):
        for name in vars(kind):
            assert name.startswith("_") or name in ("close", "number") or re.search(rf"\b{name}\b", readme), (
                name
            )


def test_examples_of_the_readme_compile():
    (example,) = re.findall(r"```python\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)
    compile(example, "README.md", "exec")


def test_package_exports_exist():
    assert all(hasattr(wschat_client, name) for name in wschat_client.__all__)
    assert (Path(wschat_client.__file__).parent / "py.typed").exists()


def test_version_of_the_package_is_that_of_the_module():
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())
    source = FOLDER / project["tool"]["hatch"]["version"]["path"]
    assert "version" in project["project"]["dynamic"]
    assert f'__version__ = "{wschat_client.__version__}"' in source.read_text()
    assert re.fullmatch(r"\d+\.\d+\.\d+", wschat_client.__version__)
