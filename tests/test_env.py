"""Settings: from the environment, and a wrong one stops the start with one line that names it."""

import base64
import os
import secrets
import string
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.core.management.utils import get_random_secret_key

from tests.support.server import ROOT
from wschat_site.env import Env, is_guessable

GOOD_KEY = "6d1f0c3ab97e5482f0d7b86c1e94a35b"


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Start Django with these settings and nothing else."""
    clean = {"PATH": os.environ["PATH"], "WSCHAT_DATA_DIR": str(ROOT / ".test-data")}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(command, cwd=ROOT, env=clean | environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({}, "SECRET_KEY: must be set (or SECRET_KEY_FILE) unless DEBUG is on"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY: too weak; use at least 32 random characters"),
        ({"SECRET_KEY": "k" * 50}, "SECRET_KEY: too weak; "),
        ({"SECRET_KEY": "ab" * 20}, "SECRET_KEY: too weak; "),
        ({"SECRET_KEY": "0123456789" * 5}, "SECRET_KEY: too weak; "),
        ({"SECRET_KEY": "0123456789abcdef" * 4}, "SECRET_KEY: too weak; "),
        ({"SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789"}, "SECRET_KEY: too weak; "),
        ({"SECRET_KEY": "changeme-" * 6}, "SECRET_KEY: too weak; "),
        ({"SECRET_KEY": "password1password2password3password4"}, "SECRET_KEY: too weak; "),
        ({"SECRET_KEY": "a" * 20 + "b" * 20 + "c" * 20}, "SECRET_KEY: too weak; "),
        ({"SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE: cannot read /nowhere: No such file or directory"),
        ({"SECRET_KEY": GOOD_KEY, "PORT": "x"}, "PORT: "),
        ({"SECRET_KEY": GOOD_KEY, "PORT": "70000"}, "PORT: "),
        ({"SECRET_KEY": GOOD_KEY, "DEBUG": "perhaps"}, "DEBUG: "),
        ({"SECRET_KEY": GOOD_KEY, "WSCHAT_MAX_TEXT": "-1"}, "WSCHAT_MAX_TEXT: "),
        ({"SECRET_KEY": GOOD_KEY, "WSCHAT_LOG_LEVEL": "loud"}, "WSCHAT_LOG_LEVEL: "),
        ({"SECRET_KEY": GOOD_KEY, "DATABASE_URL": "mysql://x"}, "DATABASE_URL: must start with sqlite:///, "),
        ({"SECRET_KEY": GOOD_KEY, "REDIS_URL": "127.0.0.1"}, "REDIS_URL: must start with redis://, "),
        ({"SECRET_KEY": GOOD_KEY, "CSRF_TRUSTED_ORIGINS": "example.org"}, "CSRF_TRUSTED_ORIGINS: "),
        (
            {"SECRET_KEY": GOOD_KEY, "WSCHAT_FORWARDED_ALLOW_IPS": "nginx"},
            "WSCHAT_FORWARDED_ALLOW_IPS: 'nginx' is",
        ),
        (
            {"SECRET_KEY": GOOD_KEY, "WSCHAT_FORWARDED_ALLOW_IPS": "10.0.0.1:80"},
            "WSCHAT_FORWARDED_ALLOW_IPS: ",
        ),
    ],
)
def test_wrong_setting_stops_the_start_with_one_line_that_names_it(environment, line):
    done = start(**environment)
    assert done.returncode == 2
    assert done.stderr.startswith(f"wschat: invalid setting: {line}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("127.0.0.1", "127.0.0.1"),
        (" 10.0.0.1 , ::1 ,", "10.0.0.1,::1"),
        ("172.17.0.1/16", "172.17.0.0/16"),  # as `ip address` tells it
        ("2001:DB8::1/64", "2001:db8::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("*", "*"),
        ("", ""),
    ],
)
def test_proxies_are_addresses_and_networks(given: str, read: str):
    environment = Env(secret_key=GOOD_KEY, wschat_forwarded_allow_ips=given)
    assert environment.wschat_forwarded_allow_ips == read


@pytest.mark.parametrize(
    "key",
    [
        "qwertyuiopasdfghjklzxcvbnm" * 2,
        "poiuytrewqlkjhgfdsamnbvcxz1234567890",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
        "correct horse battery staple" * 2,
        "Correct-Horse-Battery-Staple-Correct-Horse",
        "supersecretkey-SuperSecretKey-2026",
        "changeme-please-changeme-please-now",
        "fedcba98765432100123456789abcdef",
    ],
)
def test_keys_that_people_make_up_are_weak(key: str):
    assert is_guessable(key)


def encode(size: int) -> str:
    """As `openssl rand -base64` does."""
    return base64.b64encode(secrets.token_bytes(size)).decode()


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe, encode])
def test_random_keys_are_strong_enough(make: Callable[[int], str]):
    assert not any(
        is_guessable(make(size)) for size in (16, 24, 32, 48) if len(make(size)) >= 32 for _ in range(500)
    )


@pytest.mark.parametrize("letters", [string.ascii_lowercase, string.digits, string.ascii_letters])
def test_random_letters_are_strong_enough(letters: str):
    assert not any(is_guessable("".join(secrets.choice(letters) for _ in range(32))) for _ in range(500))


def test_keys_that_django_makes_are_strong_enough():
    assert not any(is_guessable(get_random_secret_key()) for _ in range(500))


def test_key_may_come_from_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{GOOD_KEY}\n")
    assert start(SECRET_KEY_FILE=str(file)).returncode == 0


def test_key_of_make_run_is_found_in_the_data_folder(tmp_path):
    (tmp_path / "secret_key").write_text(GOOD_KEY)
    (tmp_path / "static").mkdir()
    assert start(WSCHAT_DATA_DIR=str(tmp_path)).returncode == 0


def test_development_needs_no_key():
    assert start(DEBUG="true").returncode == 0


def test_documented_settings_pass_the_checks_of_a_deployment():
    key, host = secrets.token_urlsafe(50), "chat.example.org"
    clean = {"PATH": os.environ["PATH"], "WSCHAT_DATA_DIR": str(ROOT / ".test-data")}
    documented = {"SECRET_KEY": key, "ALLOWED_HOSTS": host, "WSCHAT_HTTPS": "true"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"]
    done = subprocess.run(command, cwd=ROOT, env=clean | documented, capture_output=True, text=True)
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr
