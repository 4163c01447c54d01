"""Numbers said in people, as a clinic speaks (docs/kpi.md, "On the page"). Statistics stay out."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from html import unescape

from django.utils.formats import number_format
from django.utils.html import format_html, strip_tags
from django.utils.translation import ngettext, pgettext

from followup.public import reasons
from kpi.reasons import REASONS, REASONS_IN
from kpi.spoken import SPOKEN


def grouped(n: int) -> str:
    """1.204, as people write it."""
    return number_format(n, decimal_pos=0, use_l10n=True, force_grouping=True)


def hundred(share: float) -> int:
    """58 from 0.5763: people in a hundred, half up."""
    return int((Decimal(str(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def figure(value: float, *, share: bool) -> str:
    """The big number: people in a hundred, or a count."""
    return str(hundred(value)) if share else grouped(round(value))


def of(counted: int, total: int) -> str:
    """14 of 18."""
    return pgettext("kpi", "%(n)s of %(total)s") % {"n": grouped(counted), "total": grouped(total)}


def of_page(first: int, last: int, total: int) -> str:
    """1–25 of 402."""
    return pgettext("kpi", "%(first)s–%(last)s of %(total)s") % {
        "first": grouped(first),
        "last": grouped(last),
        "total": grouped(total),
    }


def per_day(share: float) -> str:
    """2,4 people for each day of opening."""
    return number_format(share, decimal_pos=1, use_l10n=True)


def sentence(
    key: str, *, value: float | None, few: bool, total: int, open_: int, per: float | None = None
) -> str:
    """What a number means, in its state: a rate, few, nobody followed to the end, nothing.

    `per`: of a count, how many for each day of opening.
    """
    words = SPOKEN[key]
    if value is not None and not few:
        n = hundred(value) if per is None else ""
        return format_html(str(words.rate), n=n, per_day=per_day(per or 0))
    if total:
        return str(words.few)
    return str(words.early) if open_ else str(words.nothing)


def held(key: str, n: int, total: int) -> str:
    """Of records held: so many of so many. None seen means only that it is rarer than it could
    have been seen: with none in n, 95 times of 100 the truth lies under 3 in n."""
    words = SPOKEN[key]
    if not total:
        return str(words.nothing)
    if n or not words.none or total < 6:
        return format_html(str(words.rate), total=grouped(total))
    return format_html(str(words.none), total=grouped(total), rare=grouped(total // 3))


def reason(key: str, code: str) -> str:
    """Why a unit stands where it stands; a provider's refusal in our words for its code."""
    if code.startswith("failed"):
        told = reasons.unreached(code.removeprefix("failed").removeprefix("_"))
        return pgettext("kpi", "Not delivered: %(why)s") % {"why": told}
    return str(REASONS_IN.get((key, code)) or REASONS[code])


def channel(key: str) -> str:
    """A channel as people call it; "" = none."""
    return {"zalo": "Zalo", "sms": "SMS"}.get(key, key)


def after(key: str) -> str:
    """The words after a rate: 20 of 100 appointments."""
    return str(SPOKEN[key].after)


def before(months: int, share: float) -> str:
    """6 months ago: 54."""
    said = ngettext("%(n)s month ago: %(was)s", "%(n)s months ago: %(was)s", months)
    return said % {"n": months, "was": hundred(share)}


def before_count(months: int, n: int) -> str:
    """6 months ago: 54, of a count."""
    said = ngettext("%(n)s month ago: %(was)s", "%(n)s months ago: %(was)s", months)
    return said % {"n": months, "was": grouped(n)}


def units(key: str, n: int) -> str:
    """How many people, messages or appointments stand on a number's page."""
    return SPOKEN[key].units(n) % {"n": grouped(n)}


def listed(key: str, n: int) -> str:
    """The head of a list."""
    return SPOKEN[key].listed(n) % {"n": grouped(n)}


def since(key: str, code: str, came_on: dt.date | None, index_day: dt.date, followed: int) -> str:
    """How long ago she was last here, or when it happened, or why she is not followed."""
    if came_on is not None and code.startswith("returned"):
        if key in _DATED:
            return f"{reason(key, code)}: {came_on:%d/%m/%Y}"
        return pgettext("kpi", "came again on %(day)s, after %(n)s days") % {
            "day": f"{came_on:%d/%m/%Y}",
            "n": (came_on - index_day).days,
        }
    if code in ("never_returned", "waiting") and key not in _DATED:
        return ngettext("%(n)s day", "%(n)s days", followed) % {"n": grouped(followed)}
    return reason(key, code)


#: Where "came again" is another thing, its reason is said with its day.
_DATED = ("loyalty", "loyalty.step_3", "new_data.reachable_30")


def branches_said(hero_change: int | None, hero_rate: float | None) -> str:
    """The first half of the sentence on top: how the clinic keeps its patients."""
    if hero_change is not None and hero_change > 0:
        return pgettext("kpi", "More patients come again")
    if hero_change is not None and hero_change < 0:
        return pgettext("kpi", "Fewer patients come again")
    if hero_change == 0:
        return pgettext("kpi", "As many patients come again as before")
    if hero_rate is not None:
        return pgettext("kpi", "About %(n)s of 100 patients come again") % {"n": hundred(hero_rate)}
    return pgettext("kpi", "Too early to say how many patients come again")


def strongest(name: str, big: str) -> str:
    """What a branch is best at, beside the clinic."""
    return pgettext("kpi", "Better than the clinic: %(name)s, %(n)s.") % {"name": name, "n": big}


def weakest(name: str, big: str) -> str:
    """What a branch should look at, beside the clinic."""
    return pgettext("kpi", "Needs a look: %(name)s, %(n)s.") % {"name": name, "n": big}


def like_the_others() -> str:
    return pgettext("kpi", "No sure difference from the clinic.")


def too_few() -> str:
    return pgettext("kpi", "Few patients, no conclusion yet.")


def worst(name: str, big: str, *, most: bool) -> str:
    """Lowest: Thủ Đức, 49; of what should be low the most."""
    said = (
        pgettext("kpi", "Most: %(name)s, %(n)s")
        if most
        else pgettext("kpi", "Lowest: %(name)s, %(n)s")
    )
    return said % {"name": name, "n": big}


def fewest_a_day(name: str, share: float) -> str:
    """Fewest a day of opening: Quận 3, 0,4. So branches that opened on different days compare."""
    words = pgettext("kpi", "Fewest a day of opening: %(name)s, %(n)s")
    return words % {"name": name, "n": per_day(share)}


def spread(interval: tuple[float, float] | None) -> str:
    """(55–60), never torn at the end of a line; nothing when both ends are one number."""
    if interval is None:
        return ""
    low, high = hundred(interval[0]), hundred(interval[1])
    return f"({low}\u2060–\u2060{high})" if low != high else ""


def change(key: str, by: int) -> str:
    """more, fewer or as many people as a period ago."""
    if by == 0:
        return pgettext("kpi", "as before")
    words = SPOKEN[key]
    n = abs(by)
    return (words.more(n) if by > 0 else words.fewer(n)) % {"n": grouped(n)}


def plain(html: str) -> str:
    """A sentence without its marks, for those who hear it."""
    return unescape(strip_tags(html))
