"""Labels of models in the admin site, in the language of the page.

Django makes the labels of most fields from their names, in English, and help texts are written down once, for
programmers as well. Here both, and the names of the models, are looked up whenever they are shown. TEXTS has
them for `make messages`; a test says which ones it lacks.
"""

from collections.abc import Iterable
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy, gettext_noop

CHOICES: Final = frozenset(
    {"Room.visibility", "BulkDeletion.state"}
)  # the fields whose choices are shown as they are
TEXTS: Final = (
    gettext_noop("accounts only"),
    gettext_noop("act"),
    gettext_noop("action"),
    gettext_noop("actor"),
    gettext_noop("actor name"),
    gettext_noop("address"),
    gettext_noop("amount"),
    gettext_noop("Another value with each change of the room's filters; empty if it has none."),
    gettext_noop("approve first"),
    gettext_noop("Argon2id hash; empty for public rooms."),
    gettext_noop("at"),
    gettext_noop("audit entry"),
    gettext_noop("audit log"),
    gettext_noop("ban"),
    gettext_noop("bans"),
    gettext_noop("Bans were made here: the log has to look who is banned."),
    gettext_noop("before seq"),
    gettext_noop("bulk"),
    gettext_noop("bulk deletion"),
    gettext_noop("bulk deletions"),
    gettext_noop("by"),
    gettext_noop("color"),
    gettext_noop("commons"),
    gettext_noop("Copies of the message, and of those that the reporter added: oldest first."),
    gettext_noop("created at"),
    gettext_noop("Created by an anonymous client; has no owner."),
    gettext_noop("data"),
    gettext_noop("Data of the kind: the room's properties after a change, the emoji of a reaction."),
    gettext_noop("Days to keep messages. Empty: the default of the site. 0: keep none, live delivery only."),
    gettext_noop("decided at"),
    gettext_noop("decision"),
    gettext_noop("deleted"),
    gettext_noop("deleted at"),
    gettext_noop("deleted message"),
    gettext_noop("deleted messages"),
    gettext_noop("Deleting"),
    gettext_noop("description"),
    gettext_noop("details"),
    gettext_noop("direct"),
    gettext_noop("Done"),
    gettext_noop("edited at"),
    gettext_noop("Empty: everywhere, direct conversations included."),
    gettext_noop("Empty: until further notice."),
    gettext_noop("ended at"),
    gettext_noop("erased at"),
    gettext_noop("event"),
    gettext_noop("filter"),
    gettext_noop("filters"),
    gettext_noop("For moderators alone."),
    gettext_noop("From how many mentions, repetitions, or percent of capitals."),
    gettext_noop("From where."),
    gettext_noop("generation"),
    gettext_noop("handler"),
    gettext_noop("handler name"),
    gettext_noop("held"),
    gettext_noop("hidden: not listed, needs title and password"),
    gettext_noop("high"),
    gettext_noop("holds"),
    gettext_noop("How many messages. Empty: too many to count."),
    gettext_noop("In a direct conversation: only staff see the report."),
    gettext_noop("In a direct conversation: the participant with the lower number."),
    gettext_noop("key"),
    gettext_noop("kick"),
    gettext_noop("kind"),
    gettext_noop("last seq"),
    gettext_noop("locked"),
    gettext_noop("low"),
    gettext_noop("Members see it."),
    gettext_noop("message"),
    gettext_noop("messages"),
    gettext_noop("Messages were held here: the log has to look whether one is sent again."),
    gettext_noop("moderators"),
    gettext_noop("mutes"),
    gettext_noop("name"),
    gettext_noop("name key"),
    gettext_noop("Newcomers' messages wait until a moderator approves one."),
    gettext_noop("nonce"),
    gettext_noop("note"),
    gettext_noop("Of a message: its text as search compares it."),
    gettext_noop("Of messages from then on. Empty: all."),
    gettext_noop("Of who made it: it does not cover those of that rank."),
    gettext_noop("Only moderators can post."),
    gettext_noop("Only users with an account, and moderators, can post."),
    gettext_noop("origin"),
    gettext_noop("owner"),
    gettext_noop("participant"),
    gettext_noop("participants"),
    gettext_noop("password"),
    gettext_noop("pattern"),
    gettext_noop("permission"),
    gettext_noop("pinned at"),
    gettext_noop("private: listed, needs the password"),
    gettext_noop("public: listed, open to all"),
    gettext_noop("Raised with each new password, which voids earlier tokens."),
    gettext_noop("rank"),
    gettext_noop("reason"),
    gettext_noop("refusal"),
    gettext_noop("Refused"),
    gettext_noop("report"),
    gettext_noop("reporter"),
    gettext_noop("reporter name"),
    gettext_noop("reports"),
    gettext_noop("restored"),
    gettext_noop("Restored"),
    gettext_noop("restorer"),
    gettext_noop("restorer address"),
    gettext_noop("restorer name"),
    gettext_noop("Restoring"),
    gettext_noop("retention days"),
    gettext_noop("returns"),
    gettext_noop("room"),
    gettext_noop("room now"),
    gettext_noop("room title"),
    gettext_noop("rooms"),
    gettext_noop("rules"),
    gettext_noop("rules version"),
    gettext_noop("runner"),
    gettext_noop("Seconds between two messages of a sender. 0: any number. Moderators can post anyway."),
    gettext_noop("seen at"),
    gettext_noop("sender"),
    gettext_noop("seq"),
    gettext_noop("shows last seen"),
    gettext_noop("since"),
    gettext_noop("slow mode"),
    gettext_noop("state"),
    gettext_noop("Stopped"),
    gettext_noop("subject"),
    gettext_noop("subject key"),
    gettext_noop("subject name"),
    gettext_noop("target"),
    gettext_noop("text"),
    gettext_noop("The form in which titles are compared."),
    gettext_noop("The held message that waits for the decision."),
    gettext_noop("The key of the ban that it came with."),
    gettext_noop("The name that the sender had."),
    gettext_noop("The name, pattern or network as given."),
    gettext_noop("The participant to whom it was done, if there is one."),
    gettext_noop("The participant who deleted it."),
    gettext_noop("The participant who did it. Empty: an anonymous client, or the server itself."),
    gettext_noop("The participant who reported. 0: the server."),
    gettext_noop("The participant. Empty: messages under the name without a participant."),
    gettext_noop("The reported message. Empty: a person."),
    gettext_noop("The reported participant. Empty: known by the name alone."),
    gettext_noop("The room has mutes, which the log has to check."),
    gettext_noop("The same for titles that look alike. NULL for older rooms whose title has a look-alike."),
    gettext_noop("The seq of the change to these rules. 0: none."),
    gettext_noop("The seq of the message that it is about."),
    gettext_noop("The seq of the message that the event changes, or replies to."),
    gettext_noop("title"),
    gettext_noop("title key"),
    gettext_noop("title look"),
    gettext_noop("total"),
    gettext_noop("until"),
    gettext_noop("updated at"),
    gettext_noop("user"),
    gettext_noop("visibility"),
    gettext_noop("What members accept before their first message. Moderators can post anyway."),
    gettext_noop("What was done."),
    gettext_noop("When it was asked for; later messages stay."),
    gettext_noop("When the message was deleted."),
    gettext_noop("When the participant was last connected; ahead by the lease while they are."),
    gettext_noop("When."),
    gettext_noop("Where. Empty: the server as a whole."),
    gettext_noop("Who asked. Empty: the server itself."),
    gettext_noop("Who has claimed or decided it."),
    gettext_noop("Who restored it."),
    gettext_noop("Why it ended early."),
    gettext_noop("words"),
    gettext_noop("Words or hosts, one a line; or a regular expression as RE2 knows it."),
)


def translate_labels(registered: Iterable[type[models.Model]]) -> None:
    """Have these models labeled in the language of each page."""
    for model in registered:
        options: Any = model._meta
        options.verbose_name = _look_up(options.verbose_name)
        options.verbose_name_plural = _look_up(options.verbose_name_plural)
        for field in find_fields(model):
            field.verbose_name = _look_up(field.verbose_name)
            field.help_text = _look_up(field.help_text)
            if f"{model.__name__}.{field.name}" in CHOICES:
                field.choices = [(value, _look_up(label)) for value, label in field.choices]


def find_fields(model: type[models.Model]) -> list[Any]:
    """The fields that have a label."""
    return [
        each for each in model._meta.get_fields() if isinstance(each, models.Field) and not each.auto_created
    ]


def _look_up(text: object) -> Any:
    return gettext_lazy(str(text)) if text else ""
