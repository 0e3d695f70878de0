"""REST of reports: each view parses, calls one service and shapes the answer."""

from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.answers import ReportInfo
from chat.api import serializers as shapes
from chat.api.bodies import json_object
from chat.api.views import (
    REFUSALS,
    JsonView,
    actor_of_request,
    address_of,
    read_flag,
    read_number,
    room_token,
)
from chat.dialects.v1 import show_report
from chat.dialects.v1_in import MOST_MESSAGES
from chat.errors import INVALID_FIELD, ChatError
from chat.events import LARGEST_SEQ
from chat.services import access, reports, spending

NEW_REPORT = PolymorphicProxySerializer(
    component_name="ReportFields",
    serializers=[shapes.MessageReportSerializer, shapes.PersonReportSerializer],
    resource_type_field_name=None,
)
_NUMBER = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEQ}


class ReportsView(JsonView):
    """`/api/reports`"""

    @extend_schema(
        operation_id="list_reports",
        summary="List reports",
        parameters=[
            OpenApiParameter("room", _NUMBER, description="Of this room; left out: of all that you run."),
            OpenApiParameter("mine", bool, description="Instead, those that you have filed."),
            OpenApiParameter("done", bool, description="Those that are decided, not those that wait."),
            OpenApiParameter("before", _NUMBER, description="The last `id` of the page before."),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": MOST_MESSAGES, "default": 50}
            ),
        ],
        responses={200: shapes.ReportsSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The reports that wait, latest first. For those who run a room, and staff who decide reports."""
        limit = read_number(request, "limit", least=1, most=MOST_MESSAGES)
        page = reports.list_reports(
            actor=actor_of_request(request),
            room=read_number(request, "room", least=0, most=LARGEST_SEQ),
            mine=read_flag(request, "mine"),
            done=read_flag(request, "done"),
            before=read_number(request, "before", least=0, most=LARGEST_SEQ),
            limit=50 if limit is None else limit,
        )
        waiting = {} if page.waiting is None else {"waiting": page.waiting}
        return Response({"reports": [_show(one) for one in page.reports], "more": page.more, **waiting})

    @extend_schema(
        operation_id="report",
        summary="Report a message or a person",
        request=NEW_REPORT,
        responses={201: shapes.ReportedSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Report a message, or a person, of a room or a direct conversation that you may read."""
        fields = json_object(request._request.body, INVALID_FIELD)
        actor, room = actor_of_request(request), fields.get("room")
        if type(room) is not int or not 0 <= room <= LARGEST_SEQ:
            raise ChatError(INVALID_FIELD, field="room", detail="room must be the number of a room")
        spending.charge("report", actor, address_of(request))
        access.admit_to_number(room, room_token(request), actor)
        return Response({"report": reports.file_report(room=room, actor=actor, fields=fields)}, status=201)


class ClaimView(JsonView):
    """`/api/reports/<id>/claim`"""

    @extend_schema(
        operation_id="claim_report",
        summary="Claim a report, to decide it",
        request=shapes.ClaimSerializer,
        responses={200: shapes.ReportSerializer, **REFUSALS},
    )
    def put(self, request: Request, number: str) -> Response:
        """Claim a report, even from another moderator. The body may be empty."""
        body = request._request.body
        fields = json_object(body, INVALID_FIELD) if body.strip() else {}
        return self._claim(request, number, on=True, handler=fields.get("handler"))

    @extend_schema(
        operation_id="release_report",
        summary="Put a report back",
        responses={200: shapes.ReportSerializer, **REFUSALS},
    )
    def delete(self, request: Request, number: str) -> Response:
        """Release a report that you have claimed."""
        return self._claim(request, number, on=False)

    def _claim(self, request: Request, number: str, *, on: bool, handler: object = None) -> Response:
        actor = actor_of_request(request)
        spending.charge("moderate", actor, address_of(request))
        claimed = reports.claim_report(number=int(number), actor=actor, on=on, handler=handler)
        return Response(_show(claimed))


class DecisionView(JsonView):
    """`/api/reports/<id>/decision`"""

    @extend_schema(
        operation_id="decide_report",
        summary="Decide a report",
        request=shapes.DecisionSerializer,
        responses={200: shapes.ReportSerializer, **REFUSALS},
    )
    def post(self, request: Request, number: str) -> Response:
        """Carry out a decision, and end all reports of the same message."""
        actor = actor_of_request(request)
        spending.charge("moderate", actor, address_of(request))
        fields = json_object(request._request.body, INVALID_FIELD)
        decided = reports.decide_report(
            number=int(number),
            actor=actor,
            decision=fields.get("decision"),
            seconds=fields.get("seconds"),
            reason=fields.get("reason", ""),
        )
        return Response(_show(decided))


def _show(report: ReportInfo) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(show_report(report))
    return fields
