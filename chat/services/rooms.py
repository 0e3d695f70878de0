"""Services for rooms, one verb each; REST, pages and admin all call these. Blocking.

A change of a room is an event in its log, so that live sockets hear of it in every process, in order.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat import permissions, tokens, validation
from chat.errors import (
    FORBIDDEN,
    ROOM_UNAUTHORIZED,
    USER_NOT_FOUND,
    ChatError,
)
from chat.events import Sender
from chat.log.filtered_names import check_room_texts
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.kinds.room_deletion import RoomDeletionDraft
from chat.log.log import log
from chat.models import Participant, Room
from chat.models.room import DEFAULT_ROOM_ID, new_generation
from chat.permissions import Actor, Ownership, Permission
from chat.services import bans, counts, revocations, secrets


def create_room(
    *, actor: Actor, fields: Mapping[str, Any], anonymous_allowed: bool, address: str | None = None
) -> Room:
    """Create a room from `title`, `visibility`, `description`, `password`, and the limits of posting (see
    `limit_posting`), which need an owner. Raises 102, 104, 105, 112, 118, 910, 922.

    `address`: of the client; None for code that runs on the server, whose rooms are not counted.
    """
    if actor.participant is None and not anonymous_allowed:
        raise ChatError(ROOM_UNAUTHORIZED, detail="sign in to create rooms on this server")
    title = new_title(fields.get("title"))
    visibility = validation.clean_visibility(fields.get("visibility"))
    description = validation.clean_description(fields.get("description"))
    secret = validation.clean_password_for(visibility, fields.get("password"), has_one=False)
    limits = _clean_limits(fields)
    room = Room(
        title=title,
        title_key=validation.fold_label(title),
        title_look=validation.title_look(title),
        description=description,
        visibility=visibility,
        owner_id=actor.participant,
        commons=actor.participant is None,
        generation=new_generation(timezone.now()),
    )
    if set_limits := _differing(room, limits):
        permissions.check(
            actor, permissions.LIMIT_POSTING, Ownership(visibility, room.owner_id, room.commons)
        )
        for name, value in set_limits.items():
            setattr(room, name, value)
        room.rules_version = 1 if room.rules else 0
    if address is not None:
        bans.check_rooms_open(replace(actor, address=address))
    if not actor.staff:
        check_room_texts({"title": title, "description": description})
    if Room.objects.looking_like(title).exists():
        raise validation.duplicate_title()  # before the hash, which is dear
    with nullcontext() if address is None else counts.counted_room(actor, address):
        room.password = make_password(secret) if secret else ""
        try:
            with transaction.atomic():
                room.save()
        except IntegrityError:
            raise validation.duplicate_title() from None
    room.refresh_from_db()
    return room


def edit_room(*, room: Room, actor: Actor, fields: Mapping[str, Any], name: str = "") -> Room:
    """Change what `fields` names of title, description, visibility, password, and of what limits posting (see
    `limit_posting`). Raises 101, 102, 104, 105; and what a message would be refused for there by an actor who
    does not run the room: 106 to 110, 112, 114.

    `name`: of the actor's room token. Without a difference nothing happens: no event, and tokens stay valid.

    What it does not name is not written, as `room` may be out of date by now. If password and visibility fit
    no longer by then, the database says so.
    """
    permissions.check(actor, permissions.CHANGE_ROOM, room.ownership())
    values: dict[str, Any] = {}
    if "title" in fields:
        values["title"] = new_title(fields["title"], kept=room.title)
        values["title_key"] = validation.fold_label(values["title"])
        if values["title"] != room.title:  # else it may stay, whatever looks like it
            values["title_look"] = validation.title_look(values["title"])
    if "description" in fields:
        values["description"] = validation.clean_description(fields["description"])
    if "visibility" in fields:
        values["visibility"] = validation.clean_visibility(fields["visibility"])
        if values["visibility"] == validation.PUBLIC:
            values["password"] = ""
    visibility = values.get("visibility", room.visibility)
    secret = validation.clean_password_for(visibility, fields.get("password"), has_one=bool(room.password))
    changed = secret is not None and not (room.password and check_password(secret, room.password))
    if changed:
        values["password"] = make_password(secret)
    # What stays needs no right of its own: some clients send back all that they got.
    limits = _differing(room, _clean_limits(fields))
    needed = permissions.LIMIT_POSTING if limits else permissions.CHANGE_ROOM
    return _append_change(room, actor, needed, values | limits, bump=changed, name=name)


def set_locked(*, room: Room, actor: Actor, locked: bool) -> Room:
    """Lock the room, so that only those who run it may send messages, or unlock it."""
    return limit_posting(room=room, actor=actor, fields={"locked": locked})


def limit_posting(*, room: Room, actor: Actor, fields: Mapping[str, Any]) -> Room:
    """Change what `fields` names of who may post, and how often. Raises 104, 105.

    `locked`: only those who run the room. `accounts_only`: only users with an account. `slow_seconds`: how
    long between two messages of a sender. `approve_first`: newcomers' messages wait for a moderator. `rules`:
    what senders accept first. Those who run the room may always post. `who_can_pin`, `who_can_mention_all`:
    see `chat.validation.CHOICES`; what is the owner's alone, only they change.
    """
    permissions.check(actor, permissions.LIMIT_POSTING, room.ownership())
    return _append_change(room, actor, permissions.LIMIT_POSTING, _clean_limits(fields))


def set_retention(*, room: Room, actor: Actor, days: int | None) -> Room:
    """Keep messages for `days`; None as the site does, 0 not at all. Raises 104, 105."""
    permissions.check(actor, permissions.SET_RETENTION, room.ownership())
    validation.check_retention(days)
    return _append_change(room, actor, permissions.SET_RETENTION, {"retention_days": days})


def set_owner(*, room: Room, actor: Actor, owner: int | None) -> Room:
    """Give the room to another participant; with None it is staff's alone. Raises 104, 201."""
    permissions.check(actor, permissions.GIVE_ROOM, room.ownership())
    if owner is not None and not Participant.objects.filter(pk=owner).exists():
        raise ChatError(USER_NOT_FOUND, field="owner", detail="no such participant")
    return _append_change(room, actor, permissions.GIVE_ROOM, {"owner_id": owner, "commons": False})


def delete_room(*, room: Room, actor: Actor, name: str = "") -> None:
    """Delete the room, so that staff can bring it back; its members are let out. Raises 101, 104, 907; and
    106, 107, 109, 114 for an actor who does not run the room. `name`: of the actor's room token.
    """
    permissions.check(actor, permissions.DELETE_ROOM, room.ownership())
    if room.pk == DEFAULT_ROOM_ID:
        raise ChatError(FORBIDDEN, detail="the default room cannot be deleted")
    sender = _find_sender(actor, name)
    log.append_and_wait(RoomDeletionDraft(room=room.pk, at=datetime.now(UTC), actor=actor, sender=sender))


def restore_room(*, room: Room, actor: Actor) -> Room:
    """Bring a deleted room back. Raises 102 if its title is in use again, 104."""
    return _append_change(room, actor, permissions.RESTORE_ROOM, {"deleted_at": None})


def issue_token(
    *, room: Room, secret: object, name: object, actor: Actor = permissions.ANONYMOUS, address: str = ""
) -> tokens.Issued | None:
    """A token for the holder of the room's password; None for a public room, which needs none.

    Raises 303 for a missing or wrong name, 304 for a missing or wrong secret, 910 after too many.
    """
    if room.public:
        return None
    username = validation.clean_name(name)
    runs = permissions.may(actor, permissions.ENTER_WITHOUT_TOKEN, room.ownership())
    secrets.check_secret(
        secret, encoded=room.password, room=str(room.pk), actor=actor, runs=runs, address=address
    )
    bans.check_client(room, bans.client_of(actor, username), actor, enters=True)
    return tokens.issue_token(room.pk, room.generation, username)


def renew_token(*, room: Room, token: str, actor: Actor) -> tokens.Issued | None:
    """A new token for the holder of a valid one; None for a public room. Raises 401, 402, 403, 920, 921."""
    if room.public:
        return None
    claims = tokens.check_token(token, room.pk, room.generation)
    bans.check_client(room, bans.client_of(actor, claims.username, line=claims.line), actor)
    return tokens.issue_token(room.pk, room.generation, claims.username, claims.line)


def new_title(value: object, *, kept: str = "") -> str:
    """Check a new title: the room must be addressable by it. Raises 105.

    `kept`: the title that the room has. It may stay, whatever the rules were when it was chosen.
    """
    title = validation.clean_title(value)
    if title != kept:
        validation.check_addressable(title)
    return title


def _clean_limits(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The limits of posting that `fields` names, checked. Raises 105."""
    limits: dict[str, Any] = {
        name: validation.clean_flag(fields[name], name)
        for name in ("locked", "accounts_only", "approve_first")
        if name in fields
    }
    if "slow_seconds" in fields:
        limits["slow_seconds"] = validation.clean_slow_seconds(fields["slow_seconds"])
    if "rules" in fields:
        limits["rules"] = validation.clean_rules(fields["rules"])
    chosen = validation.CHOICES.keys() & fields.keys()
    limits |= {name: validation.clean_choice(fields[name], name) for name in chosen}
    return limits


def _differing(room: Room, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that the room does not have."""
    return {name: value for name, value in values.items() if getattr(room, name) != value}


def _find_sender(actor: Actor, name: str) -> Sender | None:
    """As whom the actor changes a room: under the name of the room token, or else its own."""
    own = Participant.objects.filter(pk=actor.participant or 0).values_list("name", flat=True).first()
    return Sender(name or own or "", "", actor.participant) if name or own else None


def _append_change(
    room: Room,
    actor: Actor,
    permission: Permission,
    values: dict[str, Any],
    *,
    bump: bool = False,
    name: str = "",
) -> Room:
    """Append the change. The log checks again: by then the room may have another owner."""
    permissions.check(actor, permission, room.ownership())
    now = datetime.now(UTC)
    log.append_and_wait(
        RoomChangeDraft(
            room=room.pk,
            at=now,
            values=values,
            bump=bump,
            actor=actor,
            permission=permission,
            sender=_find_sender(actor, name),
        )
    )
    if revocations.listener is None:  # a process that serves no one, whose commits no other one is told of
        revocations.announce_loss(())
    room.refresh_from_db()
    return room
