"""What stands in the package's own README is so."""

import re
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


def test_what_the_package_offers_is_there():
    assert all(hasattr(wschat_client, name) for name in wschat_client.__all__)
    assert (Path(wschat_client.__file__).parent / "py.typed").exists()
