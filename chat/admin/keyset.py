"""Lists whose pages follow one another by key: each is a step in an index, and nothing is counted.

An offset reads all rows before it, and a count reads all rows: neither does for a log of millions.
"""

from typing import Any, ClassVar, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)


def read_cursor(request: HttpRequest) -> int | None:
    """The primary key of the last row of the page before; None on the first page."""
    given = request.GET.get(PAGE_VAR, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None


class KeysetList(ChangeList):
    """Django's, but that a page begins after a row. `first_page`, `more`: addresses of the first
    and of the next page, None where this is the first or the last.
    """

    first_page: str | None
    more: str | None

    def get_results(self, request: HttpRequest) -> None:
        """The rows of this page, and whether there is another one."""
        cursor = read_cursor(request)
        rows = self.queryset if cursor is None else self._rows_after(cursor)
        # The keys alone first: the columns that are worked out would be, for all rows that are sorted.
        keys = list(rows.values_list("pk", flat=True)[: self.list_per_page + 1])
        there = (
            cast(KeysetAdmin[Any], self.model_admin)
            .add_columns(self.root_queryset)
            .in_bulk(keys[: self.list_per_page])
        )
        page = [there[key] for key in keys[: self.list_per_page] if key in there]
        self.first_page = None if cursor is None else self.get_query_string()
        last = keys[self.list_per_page - 1] if len(keys) > self.list_per_page else None
        self.more = None if last is None else self.get_query_string({PAGE_VAR: last})
        self.result_list = page
        self.result_count = self.full_result_count = len(page)
        self.paginator = Paginator(page, self.list_per_page)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True

    def _rows_after(self, cursor: int) -> Any:
        """The rows that follow that of the cursor in the order of the list; all, if it has gone."""
        order = [str(name) for name in self.queryset.query.order_by]
        names = [name.removeprefix("-") for name in order]
        if names[0] in ("pk", "id"):
            return self.queryset.filter(**{f"pk__{'lt' if order[0].startswith('-') else 'gt'}": cursor})
        values = self.model._default_manager.filter(pk=cursor).values_list(*names).first()
        if values is None:
            return self.queryset
        after, same = Q(), Q()
        for name, signed, value in zip(names, order, values, strict=True):
            further = f"{name}__{'lt' if signed.startswith('-') else 'gt'}"
            after |= same & Q(**{further: value})
            same &= Q(**{name: value})
        # An index finds where to begin by one bound; it cannot by "less, or equal and".
        bound = {f"{names[0]}__{'lte' if order[0].startswith('-') else 'gte'}": values[0]}
        return self.queryset.filter(after, **bound)


class KeysetAdmin(admin.ModelAdmin[M]):
    """A list in pages of `KeysetList`. `sortable_by` names columns that are never null."""

    change_list_template = "admin/chat/change_list.html"
    list_select_related: ClassVar[Any] = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count the rows of each choice of each filter
    sortable_by: ClassVar[Any] = ()

    def add_columns(self, rows: QuerySet[M]) -> QuerySet[M]:
        """The rows of a page with what else the list shows of them."""
        return rows.select_related(*self.list_select_related)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeysetList
