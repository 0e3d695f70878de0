"""The options of `manage.py serve`: each of them is a setting, spelled another way.

They go into the environment before the settings are read. So they count wherever a setting is read, in worker
processes too, and their values are checked in one place, `wschat_site/env.py`.

The command-line source of pydantic-settings does not do it: its values stay in the object that parsed them,
so that workers would not have them, and its help has neither groups nor the names of the settings.
"""

import sys
from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction, _ArgumentGroup
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from pydantic.fields import FieldInfo

Fields = Mapping[str, FieldInfo]


@dataclass(frozen=True, slots=True)
class Option:
    """`value` is how the help shows the value; empty for yes or no."""

    flag: str
    setting: str
    value: str
    repeated: bool = False

    @property
    def variable(self) -> str:
        """The setting's name in the environment."""
        return self.setting.upper()


GROUPS: Final = {
    "addresses": (
        Option("--port", "port", "PORT"),
        Option("--listen", "wschat_listen", "PORT=DIALECT", repeated=True),
    ),
    "protocols": (
        Option("--root-dialect", "wschat_root_dialect", "NAME"),
        Option("--auth", "wschat_auth_required", ""),
    ),
    "limits": (
        Option("--max-connections", "wschat_max_connections", "N"),
        Option("--workers", "wschat_workers", "N"),
    ),
    "log": (
        Option("--log-level", "wschat_log_level", "LEVEL"),
        Option("--log-format", "wschat_log_format", "FORM"),
    ),
}
OPTIONS: Final = tuple(option for group in GROUPS.values() for option in group)

HELP: Final = "Serve the chat: web pages, REST and WebSockets. ADDRESS is the only argument you need."
EPILOG: Final = (
    "Each option is also a setting: an environment variable or a line in the file .env, with the name in "
    "square brackets. Options override the environment, which overrides .env. README.md lists all settings."
)
ADDRESS: Final = (
    "127.0.0.1:8080, :8080 (the same), [::1]:8080 or 8080; 0.0.0.0:8080 is every address of this machine "
    "(default: PORT on 127.0.0.1)"
)
_OF_DJANGO: Final = ("--settings", "--pythonpath", "--verbosity", "-v")
_FLAGS_OF_DJANGO: Final = ("--traceback", "--no-color", "--force-color", "--skip-checks", "--version")


class Parser(ArgumentParser):
    """Says what is wrong in one line, as all of `serve` does."""

    def error(self, message: str) -> NoReturn:
        """End the process with status 2."""
        sys.stderr.write(f"wschat: {message} (`manage.py serve --help` explains the options)\n")
        sys.exit(2)


def read_environment(arguments: Sequence[str], fields: Fields) -> dict[str, str]:
    """Convert arguments of `serve` to environment variables. May print the help, and exit."""
    usage = "manage.py serve [ADDRESS] [options]"
    parser = Parser(prog="serve", usage=usage, description=HELP, epilog=EPILOG, allow_abbrev=False)
    add_to(parser, fields)
    for flag in _OF_DJANGO:
        parser.add_argument(flag, help=SUPPRESS)
    for flag in _FLAGS_OF_DJANGO:
        parser.add_argument(flag, action="store_true", help=SUPPRESS)
    return read_chosen(vars(parser.parse_args(arguments)))


def add_to(parser: ArgumentParser, fields: Fields) -> None:
    """Add the address and all options, explained in the words of the settings."""
    address = parser.add_argument_group("address")
    address.add_argument("address", nargs="?", default="127.0.0.1", metavar="ADDRESS", help=ADDRESS)
    for title, group in GROUPS.items():
        section = parser.add_argument_group(title)
        for option in group:
            _add_option(section, option, _explain_option(option, fields[option.setting]))


def read_chosen(parsed: Mapping[str, Any]) -> dict[str, str]:
    """The options that were given, as variables of the environment."""
    given = [option for option in OPTIONS if parsed.get(option.setting) is not None]
    return {option.variable: as_written(parsed[option.setting]) for option in given}


def as_written(value: Any) -> str:
    """A setting's value as it stands in the environment or in `.env`; nothing for none."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        value = [f"{key}={name}" for key, name in value.items()]
    if isinstance(value, list):
        return ",".join(value)
    return "" if value is None else str(value)


def _add_option(section: _ArgumentGroup, option: Option, explained: str) -> None:
    if not option.value:
        action = BooleanOptionalAction
        section.add_argument(option.flag, dest=option.setting, action=action, default=None, help=explained)
        return
    how = "append" if option.repeated else "store"
    section.add_argument(option.flag, dest=option.setting, action=how, metavar=option.value, help=explained)


def _explain_option(option: Option, field: FieldInfo) -> str:
    """Description, default and name of the setting. Argparse takes a `%` for its own."""
    what = (field.description or "").replace("%", "%%")
    again = " Can be given several times." if option.repeated else ""
    default = {"": "none", "true": "yes", "false": "no"}.get(text := as_written(field.default), text)
    return f"{what}{again} Default: {default}. [{option.variable}]"
