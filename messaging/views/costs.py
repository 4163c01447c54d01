"""What messages cost: the month's sums, the messages behind each, and the limit."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clinics import clock
from clinics.public import access, frame
from messaging import behind_costs, costs, spending

_MONEY = pgettext_lazy("costs", "Write an amount in figures, for example 5.000.000.")


class LimitForm(forms.Form):
    """What a month may cost; empty = no limit."""

    vnd = forms.IntegerField(
        label=pgettext_lazy("costs", "At most in a month (₫)"),
        help_text=pgettext_lazy("costs", "Left empty, there is no limit."),
        min_value=1,
        max_value=100_000_000_000,
        required=False,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _MONEY),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, data: object = None, **more: object) -> None:
        """Takes 5.000.000 as people write it."""
        if data is not None and hasattr(data, "get"):
            data = {"vnd": "".join(data.get("vnd", "").replace(".", "").split())}
        super().__init__(data, **more)  # type: ignore[arg-type]


def _month(request: access.StaffRequest) -> dt.date:
    asked = request.GET.get("month", "")
    try:
        return dt.date.fromisoformat(f"{asked}-01") if asked else clock.today().replace(day=1)
    except ValueError as error:
        raise Http404 from error


@access.staff_view("costs.see")
@require_safe
def index(request: access.StaffRequest) -> HttpResponse:
    """A month's sums, and how the clinic stands to its limit."""
    return _page(request)


@require_POST
@access.staff_view("costs.set")
def limit(request: access.StaffRequest) -> HttpResponse:
    """Set what a month may cost."""
    form = LimitForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    spending.set_limit(form.cleaned_data["vnd"])
    messages.success(request, pgettext("costs", "Saved. It holds from now on."))
    return redirect("costs")


def _page(request: access.StaffRequest, bad: LimitForm | None = None) -> HttpResponse:
    branches = frame.looked_at(request)
    month = spending.Month(_month(request), branches)
    context: dict[str, object] = {
        "month": month,
        "total": month.total,
        "tables": month.tables,
        "months": spending.months(branches),
        "waiting": spending.waiting(branches),
        "ads_until": costs.ADS_UNTIL,
    }
    if access.may(request.staff, "costs.set"):
        # The limit is the whole clinic's, and so is what is spent of it.
        stand = spending.stand()
        context["stand"], context["may_set"] = stand, True
        context["form"] = bad or LimitForm(initial={"vnd": stand.limit if stand else None})
    return render(request, "messaging/costs.html", context, status=422 if bad else 200)


@access.staff_view("costs.see")
def behind(request: access.StaffRequest, by: str) -> HttpResponse:
    """The messages of one sum: no names and no texts."""
    day, branches = _month(request), frame.looked_at(request)
    number = request.GET.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    key, only = request.GET.get("key", ""), request.GET.get("unsure") == "1"
    try:
        rows, more = behind_costs.behind(day, branches, by, key, page, only_unsure=only)
    except KeyError as error:
        raise Http404 from error
    context = {
        "day": day,
        "by": by,
        "key": key,
        "title": spending.name_of(day, branches, by, key),
        "rows": rows,
        "unsure": only,
        "before": page - 1 if page > 1 else None,
        "after": page + 1 if more else None,
    }
    return render(request, "messaging/costs_behind.html", context)
