"""Labels of models, in the language of the page."""

import pytest
from django.contrib.admin import site
from django.db import models
from django.test import Client
from django.utils import translation

from chat.admin import labels
from tests.web.kit import text_of

MODELS = sorted(
    (model for model in site._registry if model._meta.app_label == "chat"),
    key=lambda model: model.__name__,
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_all_texts_of_a_model_are_listed_for_translation(model: type[models.Model]):
    texts = [model._meta.verbose_name, model._meta.verbose_name_plural]
    for field in labels.find_fields(model):
        shown = f"{model.__name__}.{field.name}" in labels.CHOICES
        texts += [field.verbose_name, field.help_text, *(label for _, label in field.choices or () if shown)]
    with translation.override("en"):
        assert {str(text) for text in texts if text} <= set(labels.TEXTS)


@pytest.mark.parametrize("text", labels.TEXTS)
def test_each_text_is_translated(text: str):
    catalog = translation.trans_real.translation("de")  # type: ignore[attr-defined]
    assert catalog._catalog.get(text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "words", "english"),
    [
        ("/admin/", ["Massenlöschungen", "Gelöschte Nachrichten", "Prüfprotokoll"], ["Bulk", "Audit"]),
        ("/admin/chat/room/1/change/", ["Beschreibung", "Slow-Modus", "Aufbewahrung"], ["Days to keep"]),
        ("/admin/chat/participant/", ["Teilnehmer"], ["participant to"]),
        ("/admin/chat/auditentry/", ["Prüfprotokoll"], ["audit entry"]),
    ],
)
def test_pages_are_in_german(admin: Client, path: str, words: list[str], english: list[str]):
    page = text_of(admin.get(path, headers={"Accept-Language": "de"}).content)
    assert [word for word in words if word.casefold() not in page.casefold()] == []
    assert [word for word in english if word.casefold() in page.casefold()] == []
