"""Cookies of the site: browsers drop those whose name promises more than holds."""

from http.cookies import Morsel
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db

SECRET = "correct horse"
GUARDED = {"wschat_session", "csrftoken", "wschat_device"}


@pytest.fixture(autouse=True)
def _account() -> None:
    User.objects.create_user("ann", password=SECRET)


def over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.ENV, "wschat_https", True)
    monkeypatch.setattr(settings, "SECURE_PROXY_SSL_HEADER", None)


def browse(prefix: str, **cookies: str) -> Client:
    """A browser at a site below this prefix, which a setting or a proxy said: see `chat.server.prefix`."""
    browser = Client(SCRIPT_NAME=prefix)
    for name, value in cookies.items():
        browser.cookies[name] = value
    return browser


def sign_in(browser: Client, *, secure: bool = True) -> int:
    browser.get("/sign-in", secure=secure)
    form = {"username": "ann", "password": SECRET}
    return browser.post("/sign-in", form, secure=secure).status_code


def is_kept(cookie: "Morsel[str]") -> bool:
    """As RFC 6265bis, 5.4, has it."""
    if cookie.key.startswith("__Host-"):
        return bool(cookie["secure"]) and cookie["path"] == "/" and not cookie["domain"]
    return bool(cookie["secure"]) or not cookie.key.startswith("__Secure-")


@pytest.mark.parametrize(("prefix", "before"), [("", "__Host-"), ("/some/chat", "__Secure-")])
def test_browsers_keep_the_cookies_of_a_site_over_tls(
    monkeypatch: pytest.MonkeyPatch, prefix: str, before: str
):
    over_tls(monkeypatch)
    browser = browse(prefix)
    assert sign_in(browser) == 302
    assert browser.post("/theme", {"theme": "dark"}, secure=True).status_code == 302
    assert browser.get("/account", secure=True).status_code == 200
    assert set(browser.cookies) == {*(before + name for name in GUARDED), "theme"}
    for cookie in browser.cookies.values():
        assert is_kept(cookie)
        assert (cookie["path"], bool(cookie["secure"])) == (f"{prefix}/", True)
    assert b'data-theme="dark"' in browser.get("/", secure=True).content
    assert browser.post("/sign-out", secure=True).status_code == 302
    assert browser.cookies[f"{before}wschat_session"].value == ""
    assert is_kept(browser.cookies[f"{before}wschat_session"])


@pytest.mark.parametrize("prefix", ["", "/some/chat"])
@pytest.mark.parametrize("before", ["", "__Secure-", "__Host-"])
def test_cookie_by_another_name_counts_for_nothing_over_tls(
    monkeypatch: pytest.MonkeyPatch, prefix: str, before: str
):
    over_tls(monkeypatch)
    browser = browse(prefix)
    assert sign_in(browser) == 302
    (name,) = [name for name in browser.cookies if name.endswith("wschat_session")]
    other = browse(prefix, **{f"{before}wschat_session": browser.cookies[name].value})
    status = other.get("/account", secure=True).status_code
    assert status == (200 if name == f"{before}wschat_session" else 302)


def test_forms_are_checked_against_the_guarded_cookie(monkeypatch: pytest.MonkeyPatch):
    over_tls(monkeypatch)
    browser = Client(SCRIPT_NAME="/some/chat", enforce_csrf_checks=True)
    page = browser.get("/sign-in", secure=True).content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    form: dict[str, Any] = {"username": "ann", "password": SECRET, "csrfmiddlewaretoken": token}
    headers = {"Origin": "https://testserver"}
    assert browser.post("/sign-in", {**form, "csrfmiddlewaretoken": "x" * 64}, secure=True).status_code == 403
    sent = browser.post("/sign-in", form, secure=True, headers=headers)
    assert sent.status_code == 302


def test_installations_below_two_prefixes_share_no_cookie():
    paths = {}
    for prefix in ("/one", "/two"):
        browser = browse(prefix)
        assert sign_in(browser, secure=False) == 302
        browser.post("/theme", {"theme": "dark"})
        assert set(browser.cookies) == {*GUARDED, "theme"}
        paths[prefix] = {cookie["path"] for cookie in browser.cookies.values()}
    assert paths == {"/one": {"/one/"}, "/two": {"/two/"}}


def test_cookie_of_the_longest_path_counts():
    """Browsers send it first. Another site at the root of the host may have one by the same name."""
    browser = browse("/some/chat")
    assert sign_in(browser, secure=False) == 302
    both = f"wschat_session={browser.cookies['wschat_session'].value}; x=1; wschat_session=of-another-site"
    answer = Client(SCRIPT_NAME="/some/chat").get("/account", headers={"Cookie": both})
    assert answer.status_code == 200
