"""The options of `manage.py serve`, which are settings."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from chat.server.options import OPTIONS, read_environment
from tests.support.processes import free_port
from tests.support.server import ROOT
from tests.support.server import environment as server_environment
from wschat_site.env import Env


def chosen(*arguments: str) -> dict[str, str]:
    return read_environment(arguments, Env.model_fields)


def serve(folder: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Start a server that is to give up at once, in `folder`, where its `.env` may lie."""
    command = [sys.executable, str(ROOT / "manage.py"), "serve", *arguments]
    env = server_environment(folder) | changes
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ([], {}),
        (["127.0.0.1:8080"], {}),
        (["--port", "8080", "::1"], {"PORT": "8080"}),
        (["--auth"], {"WSCHAT_AUTH_REQUIRED": "true"}),
        (["--no-auth"], {"WSCHAT_AUTH_REQUIRED": "false"}),
        (["--listen", "8081=plain", "--listen=8082=rooms"], {"WSCHAT_LISTEN": "8081=plain,8082=rooms"}),
        (["--root-dialect", "plain"], {"WSCHAT_ROOT_DIALECT": "plain"}),
        (["--max-connections=0", "--workers=4"], {"WSCHAT_MAX_CONNECTIONS": "0", "WSCHAT_WORKERS": "4"}),
        (
            ["--log-level=debug", "--log-format=json"],
            {"WSCHAT_LOG_LEVEL": "debug", "WSCHAT_LOG_FORMAT": "json"},
        ),
        (["--settings", "wschat_site.settings", "-v", "2", "--traceback"], {}),
    ],
)
def test_options_are_variables_of_the_environment(arguments: list[str], variables: dict[str, str]):
    assert chosen(*arguments) == variables


def test_every_option_is_a_setting():
    assert {option.setting for option in OPTIONS} <= Env.model_fields.keys()


def test_help_explains_each_option_with_its_default_and_its_setting(capsys):
    with pytest.raises(SystemExit, match="0"):
        chosen("--help")
    text = " ".join(capsys.readouterr().out.split())
    for option in OPTIONS:
        assert option.flag in text
        assert f"Default: {help_default(option.setting)}. [{option.variable}]" in text
    assert "127.0.0.1:8080, :8080 (the same), [::1]:8080 or 8080" in text


def help_default(setting: str) -> str:
    default = Env.model_fields[setting].default
    return {"False": "no", "{}": "none"}.get(str(default), str(default))


def test_help_needs_no_settings(tmp_path: Path):
    done = serve(tmp_path, "--help", SECRET_KEY="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--max-connections N" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--bogus"], "wschat: unrecognized arguments: --bogus"),
        (["127.0.0.1", "8080"], "wschat: unrecognized arguments: 8080"),
        (["--workers"], "wschat: argument --workers: expected one argument"),
        (["--workers", "0"], "wschat: invalid setting: WSCHAT_WORKERS: "),
        (["--max-connections", "many"], "wschat: invalid setting: WSCHAT_MAX_CONNECTIONS: "),
        (["--port", "70000"], "wschat: invalid setting: PORT: "),
        (["--root-dialect", "latin"], "wschat: invalid setting: WSCHAT_ROOT_DIALECT: "),
        (["--listen", "8081"], "wschat: invalid setting: WSCHAT_LISTEN: '8081' is not PORT=DIALECT"),
        (
            ["--listen", "8081=latin"],
            "wschat: invalid setting: WSCHAT_LISTEN: '8081=latin' is not PORT=DIALECT",
        ),
        (["--listen", "0=plain"], "wschat: invalid setting: WSCHAT_LISTEN: '0=plain' is not PORT=DIALECT"),
        (["--listen", "81=plain", "--listen", "81=uuid"], "wschat: invalid setting: WSCHAT_LISTEN: port 81 "),
        (["--log-format", "xml"], "wschat: invalid setting: WSCHAT_LOG_FORMAT: "),
        (["--workers", "2"], "wschat: 2 workers need Redis: set REDIS_URL, or use --workers 1"),
    ],
)
def test_wrong_option_is_said_in_one_line(tmp_path: Path, arguments: list[str], line: str):
    where = [] if "8080" in arguments else [f"127.0.0.1:{free_port()}"]
    done = serve(tmp_path, *where, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1


def test_option_wins_over_the_environment_which_wins_over_the_file(tmp_path: Path):
    """Read off the complaint about a wrong value: each place has another one."""
    (tmp_path / ".env").write_text("WSCHAT_LISTEN=1=file\n")
    assert "'1=file'" in serve(tmp_path).stderr
    assert "'2=variable'" in serve(tmp_path, WSCHAT_LISTEN="2=variable").stderr
    assert "'3=option'" in serve(tmp_path, "--listen", "3=option", WSCHAT_LISTEN="2=variable").stderr


def test_options_that_come_too_late_to_count_are_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        call_command("serve", "--workers=2")
    assert "set WSCHAT_WORKERS" in capsys.readouterr().err
