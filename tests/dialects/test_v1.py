"""`wschat.v1`: golden examples both ways."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.answers import (
    Answer,
    BanInfo,
    Bans,
    Conversation,
    Deletion,
    DeletionInfo,
    Deletions,
    Done,
    Entered,
    History,
    Members,
    Moderators,
    Opened,
    Pins,
    QuoteInfo,
    Reported,
    ReportInfo,
    Reports,
    RoomInfo,
    Stored,
    Welcome,
)
from chat.commands import (
    AcceptRules,
    Ban,
    BanFromServer,
    Block,
    ClaimReport,
    DecideReport,
    DeleteAll,
    Describe,
    Direct,
    Edit,
    Erase,
    GetBans,
    GetBlocked,
    GetDeletions,
    GetHistory,
    GetMembers,
    GetModerators,
    GetMutes,
    GetPins,
    GetReports,
    GetSaved,
    GetServerBans,
    GetUnfinished,
    Hello,
    Join,
    KeepUnfinished,
    Kick,
    Leave,
    LimitPosting,
    MarkRead,
    Mute,
    Pin,
    Ping,
    React,
    Report,
    Save,
    Search,
    Send,
    SetModerator,
    StopDeletion,
    UnbanFromServer,
    Write,
)
from chat.conf import SizeLimits
from chat.dialects.v1 import V1
from chat.errors import INVALID_FIELD, UNAVAILABLE, ChatError
from chat.events import (
    Banned,
    Blocked,
    Edited,
    Erased,
    Joined,
    JoinedRoomChanged,
    Kicked,
    Left,
    Mentioned,
    Message,
    MessageSaved,
    ModeratorSet,
    Muted,
    Pinned,
    Reacted,
    Reaction,
    Read,
    Rejected,
    Removed,
    Restored,
    RoomChanged,
    RoomDeleted,
    RulesAccepted,
    Sender,
    Typing,
    Unfinished,
)
from tests.dialects.kit import ANN, NOW, Golden

V = V1()
TIME = "2026-11-21T03:04:05.678901Z"
WHO = {"name": "ann", "color": "red", "verified": True}
DELETION = DeletionInfo(3, 5, "bob", None, NOW, None, "deleting", 9, 4, 0, "ann", "spam", "", "")
SHOWN_DELETION = {
    "id": 3,
    "room": 5,
    "name": "bob",
    "since": None,
    "at": TIME,
    "ended_at": None,
    "state": "deleting",
    "total": 9,
    "deleted": 4,
    "restored": 0,
    "by": "ann",
    "reason": "spam",
    "refusal": "",
    "restored_by": "",
}


ANSWERS: list[tuple[Answer, dict[str, object]]] = [
    (Done(), {}),
    (Stored(7), {"seq": 7}),
    (Stored(None), {}),
    (Members((ANN,)), {"members": [WHO]}),
    (
        Bans((BanInfo(3, "name", "bob", None, "spam", "n", "ann", NOW),)),
        {
            "bans": [
                {
                    "id": 3,
                    "kind": "name",
                    "name": "bob",
                    "until": None,
                    "reason": "spam",
                    "note": "n",
                    "by": "ann",
                    "at": TIME,
                }
            ]
        },
    ),
    (Reported(8), {"report": 8}),
    (
        Reports(
            (
                ReportInfo(
                    8,
                    5,
                    "club",
                    False,
                    3,
                    "bob",
                    "spam",
                    "n",
                    "ann",
                    NOW,
                    (QuoteInfo(3, NOW, "bob", "x"),),
                    "done",
                    "olga",
                    "ban",
                    NOW,
                    True,
                ),
            ),
            more=True,
        ),
        {
            "reports": [
                {
                    "id": 8,
                    "room": 5,
                    "title": "club",
                    "direct": False,
                    "target": 3,
                    "about": "bob",
                    "reason": "spam",
                    "note": "n",
                    "by": "ann",
                    "at": TIME,
                    "messages": [{"seq": 3, "at": TIME, "name": "bob", "text": "x"}],
                    "state": "done",
                    "handler": "olga",
                    "decision": "ban",
                    "decided": TIME,
                    "held": True,
                }
            ],
            "more": True,
        },
    ),
    (Deletion(DELETION), {"deletion": SHOWN_DELETION}),
    (Deletions((DELETION,)), {"deletions": [SHOWN_DELETION]}),
    (Opened(12, ANN, 3), {"room": 12, "with": WHO, "seq": 3}),
    (
        Welcome(ANN, False, "s", (Conversation(12, ANN, 9, 4, unread=3),), "e1"),
        {
            "name": "ann",
            "color": "red",
            "participant": 7,
            "account": False,
            "session": "s",
            "directs": [{"room": 12, "with": WHO, "seq": 9, "read": 4, "unread": 3}],
            "epoch": "e1",
        },
    ),
    (
        Welcome(ANN, True, None, (), "e1", 1024),
        {
            "name": "ann",
            "color": "red",
            "participant": 7,
            "account": True,
            "directs": [],
            "epoch": "e1",
            "max_frame": 1024,
        },
    ),
    (
        Entered(
            9,
            RoomInfo(
                *("t", "d", "public", False, True, False, 30, True, True),
                who_can_pin="everyone",
                who_can_mention_all="owner",
            ),
            *((ANN,), 1, 4, 2, 1, None),
        ),
        {
            "seq": 9,
            "info": {
                "title": "t",
                "description": "d",
                "visibility": "public",
                "locked": False,
                "moderator": True,
                "owner": False,
                "slow_seconds": 30,
                "accounts_only": True,
                "approve_first": True,
                "who_can_pin": "everyone",
                "who_can_mention_all": "owner",
            },
            "members": [WHO],
            "people": 1,
            "read": 4,
            "unread": 2,
            "mentions": 1,
        },
    ),
    (History(9, (), True), {"seq": 9, "messages": [], "more": True}),
    (Pins(9, ()), {"seq": 9, "messages": []}),
    (Moderators(ANN, (ANN,)), {"owner": WHO, "moderators": [WHO]}),
    (Moderators(None, ()), {"owner": None, "moderators": []}),
]
GOLDEN = Golden(
    dialect=V,
    accepted=[
        ({"type": "hello", "id": 1, "name": "ann", "color": "red"}, Hello("ann", "red", "", 1)),
        ({"type": "hello", "id": 1, "token": "t"}, Hello(token="t", id=1)),
        ({"type": "join", "id": 2, "room": 5}, Join(room=5, id=2)),
        (
            {"type": "join", "id": 2, "room": 5, "token": "t", "since": 9, "more": 1},
            Join(room=5, token="t", since=9, id=2),
        ),
        ({"type": "join", "id": 2, "room": 5, "last": 0}, Join(room=5, last=0, id=2)),
        ({"type": "leave", "id": 3, "room": 5}, Leave(room=5, id=3)),
        (
            {"type": "send", "id": 4, "room": 5, "text": "hi", "nonce": "n"},
            Send("hi", room=5, nonce="n", id=4),
        ),
        (
            {"type": "send", "id": 4, "room": 5, "text": "hi", "reply_to": 3},
            Send("hi", room=5, reply_to=3, id=4),
        ),
        ({"type": "edit", "id": 4, "room": 5, "target": 3, "text": "ho"}, Edit(5, 3, "ho", 4)),
        ({"type": "delete", "id": 4, "room": 5, "target": 3}, Erase(5, 3, 4)),
        ({"type": "react", "id": 4, "room": 5, "target": 3, "emoji": "👍"}, React(5, 3, "👍", True, 4)),
        (  # from before only emoji could be reactions
            {"type": "react", "id": 4, "room": 5, "target": 3, "emoji": "lol", "on": False},
            React(5, 3, "lol", False, 4),
        ),
        (
            {"type": "react", "id": 4, "room": 5, "target": 3, "emoji": "👩‍🚀", "on": False},
            React(5, 3, "👩‍🚀", False, 4),
        ),
        ({"type": "pin", "id": 4, "room": 5, "target": 3}, Pin(5, 3, True, 4)),
        ({"type": "pin", "id": 4, "room": 5, "target": 3, "on": False}, Pin(5, 3, False, 4)),
        ({"type": "pins", "id": 4, "room": 5}, GetPins(5, 4)),
        ({"type": "typing", "id": 4, "room": 5}, Write(5, 4)),
        ({"type": "read", "id": 4, "room": 5, "seq": 3}, MarkRead(5, 3, id=4)),
        ({"type": "save", "id": 4, "room": 5, "target": 3}, Save(5, 3, id=4)),
        (
            {"type": "keep_unfinished", "id": 4, "room": 5, "text": " a\n ", "reply_to": 3},
            KeepUnfinished(5, " a\n ", 3, 4),
        ),
        ({"type": "keep_unfinished", "id": 4, "room": 5, "text": " \n"}, KeepUnfinished(5, "", None, 4)),
        ({"type": "unfinished", "id": 4}, GetUnfinished(4)),
        ({"type": "block", "id": 4, "participant": 7, "on": False}, Block(7, False, 4)),
        ({"type": "blocked", "id": 4}, GetBlocked(4)),
        ({"type": "saved", "id": 4, "before": 3, "limit": 9}, GetSaved(None, 3, 9, 4)),
        ({"type": "read", "id": 4, "room": 5, "seq": 3, "back": True}, MarkRead(5, 3, True, 4)),
        ({"type": "history", "id": 4, "room": 5}, GetHistory(5, id=4)),
        ({"type": "history", "id": 4, "room": 5, "before": 9, "limit": 2}, GetHistory(5, 9, None, 2, 4)),
        ({"type": "history", "id": 4, "room": 5, "after": 9}, GetHistory(5, None, 9, 50, 4)),
        ({"type": "search", "id": 4, "room": 5, "text": "a, b a"}, Search(5, ("a", "b"), None, 50, 4)),
        (
            {"type": "search", "id": 4, "room": 5, "text": "🦊", "before": 9, "limit": 2},
            Search(5, ("🦊",), 9, 2, 4),
        ),
        ({"type": "members", "id": 4, "room": 5}, GetMembers(5, 4)),
        ({"type": "direct", "id": 4, "to": "bob"}, Direct("bob", id=4)),
        ({"type": "direct", "id": 4, "to": "bob", "text": "hi", "nonce": "n"}, Direct("bob", "hi", "n", 4)),
        ({"type": "ping", "id": 4}, Ping(4)),
        ({"type": "moderator", "id": 4, "room": 5, "name": "bob"}, SetModerator(5, "bob", id=4)),
        (
            {"type": "moderator", "id": 4, "room": 5, "name": "bob", "on": False},
            SetModerator(5, "bob", False, 4),
        ),
        ({"type": "moderators", "id": 4, "room": 5}, GetModerators(5, 4)),
        ({"type": "mutes", "id": 4, "room": 5}, GetMutes(5, 4)),
        ({"type": "mute", "id": 4, "room": 5, "name": "bob"}, Mute(5, "bob", id=4)),
        ({"type": "mute", "id": 4, "room": 5, "name": "bob", "seconds": 60}, Mute(5, "bob", 60, id=4)),
        ({"type": "mute", "id": 4, "room": 5, "name": "bob", "on": False}, Mute(5, "bob", None, False, 4)),
        (
            {"type": "kick", "id": 4, "room": 5, "name": "bob", "reason": " r "},
            Kick(5, "bob", 4, "r"),
        ),
        ({"type": "ban", "id": 4, "room": 5, "name": "bob"}, Ban(5, "bob", id=4)),
        (
            {"type": "ban", "id": 4, "room": 5, "pattern": "bob*", "seconds": 60, "note": "n"},
            Ban(5, pattern="bob*", seconds=60, id=4, note="n"),
        ),
        (
            {"type": "ban", "id": 4, "room": 5, "network": "2001:db8::1", "on": False},
            Ban(5, network="2001:db8::/64", on=False, id=4),
        ),
        ({"type": "bans", "id": 4, "room": 5}, GetBans(5, 4)),
        (
            {"type": "ban_from_server", "id": 4, "pattern": "spam*", "seconds": 60, "note": " n "},
            BanFromServer(pattern="spam*", seconds=60, note="n", id=4),
        ),
        (
            {"type": "ban_from_server", "id": 4, "newcomers": True, "hold": True, "seconds": 60},
            BanFromServer(newcomers=True, seconds=60, id=4, hold=True),
        ),
        ({"type": "unban_from_server", "id": 4, "ban": 8}, UnbanFromServer(8, 4)),
        ({"type": "server_bans", "id": 4}, GetServerBans(4)),
        (
            {"type": "report", "id": 4, "room": 5, "target": 3, "reason": "spam", "around": [1, 2]},
            Report(5, "spam", 3, around=(1, 2), id=4),
        ),
        (
            {"type": "report", "id": 4, "room": 5, "name": " bob ", "reason": "hate", "note": " n "},
            Report(5, "hate", name="bob", note="n", id=4),
        ),
        ({"type": "reports", "id": 4}, GetReports(id=4)),
        (
            {"type": "reports", "id": 4, "room": 5, "done": True, "before": 9, "limit": 2},
            GetReports(5, False, True, 9, 2, 4),
        ),
        ({"type": "claim", "id": 4, "report": 8, "on": False}, ClaimReport(8, False, 4)),
        (
            {"type": "decide", "id": 4, "report": 8, "decision": "mute", "seconds": 60, "reason": "r"},
            DecideReport(8, "mute", 60, "r", 4),
        ),
        (
            {"type": "delete_all", "id": 4, "room": 5, "name": "bob", "since": "hour", "reason": " r "},
            DeleteAll(5, "hour", "bob", id=4, reason="r"),
        ),
        (
            {"type": "delete_all", "id": 4, "room": 5, "target": 9, "since": "all"},
            DeleteAll(5, "all", target=9, id=4),
        ),
        ({"type": "stop_deletion", "id": 4, "room": 5, "deletion": 3}, StopDeletion(5, 3, 4)),
        ({"type": "deletions", "id": 4, "room": 5}, GetDeletions(5, 4)),
        ({"type": "describe", "id": 4, "room": 5, "description": " d "}, Describe(5, "d", 4)),
        ({"type": "describe", "id": 4, "room": 5, "description": ""}, Describe(5, "", 4)),
        ({"type": "posting", "id": 4, "room": 5, "slow_seconds": 30}, LimitPosting(5, 30, id=4)),
        ({"type": "posting", "id": 4, "room": 5, "rules": " a\r\nb "}, LimitPosting(5, rules="a\nb", id=4)),
        ({"type": "accept_rules", "id": 4, "room": 5, "version": 7}, AcceptRules(5, 7, 4)),
        (
            {"type": "posting", "id": 4, "room": 5, "accounts_only": True, "locked": False},
            LimitPosting(5, None, True, False, 4),
        ),
        (
            {"type": "posting", "id": 4, "room": 5, "approve_first": True},
            LimitPosting(5, id=4, approve_first=True),
        ),
        (
            {"type": "posting", "id": 4, "room": 5, "who_can_pin": "owner", "who_can_mention_all": "auto"},
            LimitPosting(5, id=4, who_can_pin="owner", who_can_mention_all="auto"),
        ),
    ],
    shown=[
        (
            Message(4, 9, NOW, ANN, "hi", "n"),
            {
                "type": "message",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "sender": WHO,
                "text": "hi",
                "nonce": "n",
                "participant": 7,
            },
        ),
        (
            Message(4, 9, NOW, Sender("bob"), "", erased=True),
            {
                "type": "message",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "sender": {"name": "bob", "color": "", "verified": False},
                "text": "",
                "erased": True,
            },
        ),
        (
            Message(
                4,
                9,
                NOW,
                ANN,
                "ho",
                reply_to=3,
                edited=NOW,
                reactions=(Reaction("👍", ("ann", "bob"), (7, 8)),),
            ),
            {
                "type": "message",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "sender": WHO,
                "text": "ho",
                "reply_to": 3,
                "edited": TIME,
                "reactions": [{"emoji": "👍", "who": ["ann", "bob"], "participants": [7, 8]}],
                "participant": 7,
            },
        ),
        (
            Message(4, 9, NOW, ANN, "hi", pinned=True),
            {
                "type": "message",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "sender": WHO,
                "text": "hi",
                "pinned": True,
                "participant": 7,
            },
        ),
        (
            Pinned(4, 9, NOW, 8, ANN, False),
            {"type": "pinned", "room": 4, "seq": 9, "at": TIME, "target": 8, "who": WHO, "on": False},
        ),
        (
            Edited(4, 9, NOW, 8, "ho"),
            {"type": "edited", "room": 4, "seq": 9, "at": TIME, "target": 8, "text": "ho"},
        ),
        (
            Reacted(4, 9, NOW, 8, ANN, "👍", True),
            {
                "type": "reacted",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "target": 8,
                "who": WHO,
                "emoji": "👍",
                "on": True,
                "participant": 7,
            },
        ),
        (Typing(4, NOW, ANN), {"type": "typing", "room": 4, "at": TIME, "who": WHO}),
        (
            Read(4, NOW, 7, 2, 9, 1),
            {"type": "read", "room": 4, "at": TIME, "seq": 7, "unread": 2, "as_of": 9, "mentions": 1},
        ),
        (
            Read(4, NOW, 0, 2, 9, 1, back=True),
            {
                "type": "read",
                "room": 4,
                "at": TIME,
                "seq": 0,
                "unread": 2,
                "as_of": 9,
                "mentions": 1,
                "back": True,
            },
        ),
        (
            Message(4, 9, NOW, ANN, "hi @Bob", mentions=("bob",)),
            {
                "type": "message",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "sender": WHO,
                "text": "hi @Bob",
                "mentions": ["bob"],
                "participant": 7,
            },
        ),
        (
            Unfinished(4, NOW, "hi", 3),
            {"type": "unfinished", "room": 4, "at": TIME, "text": "hi", "reply_to": 3},
        ),
        (
            JoinedRoomChanged(4, NOW, True, "mentions", NOW),
            {
                "type": "joined_room",
                "room": 4,
                "at": TIME,
                "on": True,
                "level": "mentions",
                "level_until": TIME,
            },
        ),
        (MessageSaved(4, NOW, 9, False), {"type": "saved", "room": 4, "at": TIME, "target": 9, "on": False}),
        (RulesAccepted(4, NOW, 7), {"type": "rules_accepted", "room": 4, "at": TIME, "version": 7}),
        (Unfinished(4, NOW, ""), {"type": "unfinished", "room": 4, "at": TIME, "text": ""}),
        (
            Blocked(NOW, ANN, True),
            {"type": "blocked", "at": TIME, "participant": 7, "name": "ann", "on": True},
        ),
        (
            Mentioned(4, NOW, "club", 9, ANN, "hi @Bob"),
            {
                "type": "mentioned",
                "room": 4,
                "at": TIME,
                "title": "club",
                "target": 9,
                "sender": WHO,
                "text": "hi @Bob",
            },
        ),
        (
            Removed(4, NOW, 101, "gone"),
            {"type": "removed", "room": 4, "at": TIME, "code": 101, "error": "gone"},
        ),
        (
            Restored(4, 9, NOW, 8, "hi"),
            {"type": "restored", "room": 4, "seq": 9, "at": TIME, "target": 8, "text": "hi", "edited": None},
        ),
        (Erased(4, 9, NOW, 8), {"type": "erased", "room": 4, "seq": 9, "at": TIME, "target": 8}),
        (
            RoomChanged(4, 9, NOW, "t", "d", "private", True, 3),
            {
                "type": "room",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "title": "t",
                "description": "d",
                "visibility": "private",
                "locked": True,
                "slow_seconds": 0,
                "accounts_only": False,
                "approve_first": False,
                "who_can_pin": "moderators",
                "who_can_mention_all": "auto",
            },
        ),
        (Rejected(4, NOW, "n"), {"type": "rejected", "room": 4, "at": TIME, "nonce": "n"}),
        (RoomDeleted(4, 9, NOW), {"type": "room_deleted", "room": 4, "seq": 9, "at": TIME}),
        (Joined(4, NOW, ANN), {"type": "joined", "room": 4, "at": TIME, "who": WHO}),
        (Left(4, NOW, ANN), {"type": "left", "room": 4, "at": TIME, "who": WHO}),
        (
            ModeratorSet(4, 9, NOW, ANN, True),
            {"type": "moderator", "room": 4, "seq": 9, "at": TIME, "who": WHO, "on": True},
        ),
        (
            Kicked(4, 9, NOW, ANN, "spam"),
            {"type": "kicked", "room": 4, "seq": 9, "at": TIME, "who": WHO, "reason": "spam"},
        ),
        (
            Banned(4, 9, NOW, "", None, "spam", True, 7, False, ("192.0.2.0/24",), (1, 2)),
            {
                "type": "banned",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "name": "",
                "until": None,
                "reason": "spam",
                "on": True,
            },
        ),
        (
            Muted(4, 9, NOW, "bob", None, True, "spam"),
            {
                "type": "muted",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "name": "bob",
                "until": None,
                "on": True,
                "reason": "spam",
            },
        ),
    ],
    answered=[(answer, {"type": "ok", "id": 4} | frame) for answer, frame in ANSWERS],
)


@pytest.mark.parametrize(
    ("frame", "command_id", "field"),
    [
        ({"type": "shout", "id": 1}, 1, "type"),
        ({"id": 1}, 1, "type"),
        ({"type": "send", "id": 1, "room": 5}, 1, "text"),
        ({"type": "send", "room": 5, "text": "hi"}, None, "id"),
        ({"type": "send", "id": "1", "room": 5, "text": "hi"}, None, "id"),
        ({"type": "send", "id": 1, "room": "5", "text": "hi"}, 1, "room"),
        ({"type": "send", "id": 1, "room": 5, "text": ""}, 1, "text"),
        ({"type": "send", "id": 1, "room": 5, "text": "hi", "nonce": ""}, 1, "nonce"),
        ({"type": "join", "id": 1, "room": 5, "since": -1}, 1, "since"),
        ({"type": "hello", "id": 1, "name": " "}, 1, "name"),
        ({"type": "hello", "id": 1, "name": "a\u202eb"}, 1, "name"),
        ({"type": "hello", "id": 1, "name": "a\u200bb"}, 1, "name"),
        ({"type": "join", "id": 1, "room": 5, "since": 1, "last": 1}, 1, "last"),
        ({"type": "join", "id": 1, "room": 5, "last": 101}, 1, "last"),
        ({"type": "history", "id": 1, "room": 5, "before": 1, "after": 1}, 1, "after"),
        ({"type": "history", "id": 1, "room": 5, "limit": 0}, 1, "limit"),
        ({"type": "read", "id": 1, "room": 5, "seq": 2**60}, 1, "seq"),
        ({"type": "react", "id": 1, "room": 5, "target": 3, "emoji": "a b"}, 1, "emoji"),
        ({"type": "react", "id": 1, "room": 5, "target": 3, "emoji": ""}, 1, "emoji"),
        ({"type": "react", "id": 1, "room": 5, "target": 3, "emoji": "evil.com"}, 1, "emoji"),
        ({"type": "edit", "id": 1, "room": 5, "target": -3, "text": "x"}, 1, "target"),
        ({"type": "pin", "id": 1, "room": 5, "target": -3}, 1, "target"),
        ({"type": "pin", "id": 1, "room": 5}, 1, "target"),
        ({"type": "direct", "id": 1, "to": ""}, 1, "to"),
        ({"type": "direct", "id": 1, "to": "bob", "text": " "}, 1, "text"),
    ],
)
def test_refusals_name_the_field_and_the_command(frame, command_id, field):
    with pytest.raises(ChatError) as refused:
        V.decode(json.dumps(frame), SizeLimits())
    answer = json.loads(V.refuse(refused.value, None) or b"")
    assert (answer["type"], answer["id"], answer["code"], answer["field"]) == (
        "error",
        command_id,
        INVALID_FIELD.code,
        field,
    )


HALF = "half \ud83d"  # of a pair: JSON has it as \\ud83d
DEEP = "[" * 20_000


@pytest.mark.parametrize("half", [HALF, "\ude00", "\ud83d\ud83d", "a\udfffb"], ids=ascii)
@pytest.mark.parametrize("field", ["type", *sorted({name for frame, _ in GOLDEN.accepted for name in frame})])
def test_half_a_character_in_any_field_is_refused_under_the_command_id(field, half):
    for frame, _ in GOLDEN.accepted:
        if not isinstance(frame.get(field), str) or field == "more":
            continue
        for text in (json.dumps(frame | {field: half}), json.dumps({field: half} | frame | {field: half})):
            error = refusal(text)
            assert (error["id"], error["code"], error["field"]) == (frame["id"], 303, field)
            assert error["retry"] is False


@pytest.mark.parametrize("key", ["other", "te\ud83dxt", "id\ud83d", "\ud83d"], ids=ascii)
def test_half_a_character_in_an_unknown_field_is_ignored(key):
    for frame, command in GOLDEN.accepted:
        assert V.decode(json.dumps({key: HALF} | frame | {key: [{HALF: HALF}]}), SizeLimits()) == command


@pytest.mark.parametrize(
    ("frame", "command_id"),
    [
        ('{"type":"ping","id":7.0}', 7),
        ('{"type":"ping","id":1e3}', 1000),
        ('{"type":"ping","id":-2E+1}', -20),
        ('{"type":"ping","id":7.5}', None),
        ('{"type":"ping","id":1e400}', None),
        ('{"type":"ping","id":null}', None),
        ('{"type":"ping","id":true}', None),
        ('{"type":"ping","id":[7]}', None),
        ('{"type":"ping","id":{"id":7}}', None),
        ('{"type":"ping","id":"\\ud83d"}', None),
        ('{"type":"ping","id":' + "9" * 5000 + "}", None),
        ('{"type":"shout","id":' + "9" * 4000 + "}", int("9" * 4000)),
        ('{"type":"shout","id":1,"id":2}', 2),
        ('{"type":"send","id":7,"room":1,"text":NaN}', 7),
        ('{"type":"send","room":-Infinity,"id":7,"text":"x"}', 7),
        ('\ufeff{"type":"ping","id":7,}', 7),
        ('\ufeff\ufeff{"type":"ping","id":7}', 7),
        ('{"type":"send","id":7,"room":' + "9" * 5000 + ',"text":"x"}', 7),
        ('{"type":"send","text":"\\ud83d","room":' + "9" * 5000 + ',"id":7}', 7),
        ('{"type":"send","id":7,"room":' + str(2**70) + ',"text":"x"}', 7),
        ('{"type":"join","id":7,"room":-1}', 7),
        ('{"type":"send","id":7,"room":1,"text":' + DEEP + "}", 7),
        ('{"type":"send","text":' + DEEP + "]" * len(DEEP) + ',"id":7,"room":1}', 7),
        ('{"type":"send","text":' + '{"id":1,"x":' * 1500 + "1" + "}" * 1500 + ',"id":7,"room":1}', 7),
        ('{"type":"send","id":7,"room":1,"text":"line\nbreak"}', 7),
        ('{"type":"send","id":7,"room":1,"text":"\\x41"}', 7),
        ('{"type":"send","id":7,"room":1,"text":"\\ud83"}', 7),
        ('{"type":"send","\\u0069d":7,"room":1,"text":"\\ud83d"}', 7),
        ('{"more":[' + '"",' * 9000 + '""],"id":7.0,"type":"send","room":1,"text":"\\ud83d"}', 7),
        ('{"more":[' + '"",' * 9000 + '""],"id":true,"type":"send","room":1,"text":"\\ud83d"}', None),
        ('{"type":"ping","id":7,}', 7),
        ('{"type":"ping","id":7', 7),
        ('{"type":"ping","id":7} {}', 7),
        ('{"type":"ping","id" : 7 , "text": "no end', 7),
        ('{"type":"send","text":"\\"id\\":9, no end', None),
        ('{"type":"send","text":{"id":9}, no end', None),
        ('{"type":"id","text":9, no end', None),
        ('{"type":"ping","id":7abc}', None),
        ('{"type":"ping","id":07}', None),
        ('[{"type":"ping","id":7}', None),
        ("{'type':'ping','id':7}", None),
        (b'{"type":"ping","id":7}', 7),
        (b'\xff{"type":"ping","id":7}', None),
    ],
    ids=lambda given: ascii(given[:40]) if isinstance(given, str | bytes) else "",
)
def test_refusal_has_the_id_wherever_it_can_be_found(frame, command_id):
    assert refusal(frame)["id"] == command_id


@given(st.text(alphabet='{}[]":,\\ id7\ud83dx', max_size=40))
def test_any_broken_frame_is_refused(frame):
    refusal('{"id":7,' + frame)


def test_time_to_find_an_id_grows_with_the_frame_and_no_faster():
    size = SizeLimits().frame
    for unit in ("[]", '"', '\\"', '"id":', '"id" ', "{", "\\", '"id":"', '"id":1 '):
        broken = '{"x' + unit * (size // len(unit)), '{"id"' + unit * (size // len(unit))
        began = time.process_time()
        for frame in broken:
            refusal(frame)
        assert time.process_time() - began < 1, unit  # it takes some milliseconds; squared, it takes minutes


def refusal(frame: str | bytes) -> dict[str, Any]:
    """The answer to a frame that is refused."""
    with pytest.raises(ChatError) as refused:
        V.decode(frame, SizeLimits())
    answer: dict[str, Any] = json.loads(V.refuse(refused.value, None) or b"")
    assert answer["type"] == "error"
    return answer


@pytest.mark.parametrize("nonce", [" ", " n ", "e\u0301", "\u00a0n", "\u200b", "n\nn", "x" * 64, "👍" * 64])
def test_nonce_is_taken_to_the_letter(nonce):
    frames = [{"type": "send", "id": 4, "room": 5, "text": "hi", "nonce": nonce}]
    frames.append({"type": "direct", "id": 4, "to": "bob", "text": "hi", "nonce": nonce})
    for frame in frames:
        command = V.decode(json.dumps(frame), SizeLimits())
        assert isinstance(command, Send | Direct)
        assert command.nonce == nonce


@pytest.mark.parametrize("nonce", ["", "x" * 65, "a\x00b", "\ud83d", 7, [], True])
def test_nonce_that_cannot_be_kept_is_refused(nonce):
    for start in ({"type": "send", "room": 5}, {"type": "direct", "to": "bob"}):
        error = refusal(json.dumps({**start, "id": 4, "text": "hi", "nonce": nonce}))
        assert (error["id"], error["code"], error["field"]) == (4, 303, "nonce")


def test_messages_in_an_answer_look_like_those_on_their_own():
    message = Message(4, 9, NOW, ANN, "hi", "n")
    page = json.loads(V.accept(GetHistory(4, id=1), History(9, (message,), False)) or b"")
    assert page["messages"] == [json.loads(V.encode(message) or b"")]


def test_refusal_says_whether_and_when_to_try_again():
    refusal = V.refuse(ChatError(UNAVAILABLE, detail="why", retry_after=1.5), Send("hi", room=1, id=4))
    assert json.loads(refusal or b"") == {
        "type": "error",
        "id": 4,
        "code": 902,
        "error": "Service unavailable",
        "field": "",
        "detail": "why",
        "retry": True,
        "retry_after": 1.5,
    }
