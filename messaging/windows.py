"""Whether somebody can be answered in words now, and by which way (docs/inbox.md, "Answers")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext, pgettext

from clinics import clock
from messaging import answer_costs, attachments, followers, segments, talks
from messaging.models import LineKind, ProviderAccount, Talk, TalkLine, ZaloPerson
from messaging.providers import kinds, provider_of
from messaging.providers.abilities import AnyProvider, HttpProvider, Talks
from messaging.providers.zalo.heard import ANONYMOUS
from patients.public import ContactPointKind, people

FREE_FOR = dt.timedelta(hours=48)
OPEN_FOR = dt.timedelta(days=7)


@dataclass(frozen=True)
class Window:
    """Whether she can be answered in words now. `state`: free, paid, sms, over (only a template
    may be sent), brand (only registered texts may), none (no channel of hers takes answers);
    `until`: when it ends; `person`: her id or number at the account; `letters`: of one SMS."""

    state: str
    until: dt.datetime | None = None
    account: ProviderAccount | None = None
    person: str = ""
    letters: int = 0

    @property
    def is_open(self) -> bool:
        return self.state in ("free", "paid", "sms")

    @property
    def left(self) -> str:
        """How long: "31 h", "3 days"."""
        if self.until is None:
            return ""
        hours = max(int((self.until - clock.now()).total_seconds() // 3600), 0)
        if hours < 1:
            return pgettext("window", "less than 1 h")
        if hours < 72 and self.state == "free":
            return pgettext("window", "%(n)s h") % {"n": hours}
        return pgettext("window", "%(n)s days") % {"n": -(-hours // 24)}

    def price(self, words: str) -> int | None:
        """VND that an answer costs at most, by the price lists; None = nobody has said."""
        if self.account is None or self.state == "free":
            return 0
        if self.state == "sms":
            return segments.price(segments.count(words).parts, self.account.part_price_care)
        provider = provider_of(self.account.kind)
        return provider.price_of_answer if isinstance(provider, Talks) else None

    @property
    def limits(self) -> attachments.Limits | None:
        """How large a picture and a file may be; None where only words go."""
        if not self.is_open or self.account is None:
            return None
        provider = provider_of(self.account.kind)
        return provider.limits if isinstance(provider, Talks) else None


def window(talk: Talk) -> Window:
    """By whom and until when she can be answered: where she wrote last; else Zalo while it is
    open, else SMS. Seven statements at most."""
    chat = _chat(talk)
    by_sms = _last_channel(talk) == "sms"
    if chat.is_open and not by_sms:
        return chat
    text = _text(talk)
    if text.is_open or (text.state == "brand" and by_sms and not chat.is_open):
        return text
    return chat


def _chat(talk: Talk) -> Window:
    known = [who for who in _people(talk) if who.account.is_active]
    known.sort(key=lambda who: (who.seen_at is not None, who.seen_at), reverse=True)
    for who in known:
        if not isinstance(_provider(who.account), Talks):
            continue
        if who.seen_at is None:
            return Window("over", None, who.account, who.user_id)
        state, until = _state(who, who.seen_at)
        return Window(state, until, who.account, who.user_id)
    return Window("none")


def _state(who: ZaloPerson, since: dt.datetime) -> tuple[str, dt.datetime | None]:
    """By the clock since her last act, and by what Zalo took for the last answer to it: it may
    give only so many for nothing."""
    now = clock.now()
    if now >= since + OPEN_FOR:
        return "over", None
    if now >= since + FREE_FOR or answer_costs.of_last(who, since):
        return "paid", since + OPEN_FOR
    return "free", since + FREE_FOR


def _people(talk: Talk) -> list[ZaloPerson]:
    if talk.patient is not None:
        return followers.of_patient(talk.patient)
    if talk.sender.startswith(ANONYMOUS):
        return []
    who = followers.get(talk.account_id, talk.sender)
    return [who] if who else []


def _last_channel(talk: Talk) -> str:
    heard = TalkLine.objects.filter(talk=talk, kind=LineKind.IN).order_by("-at", "-id")
    return heard.values_list("channel", flat=True).first() or ""


def _text(talk: Talk) -> Window:
    """Whether own words may go to her number; "brand": SMS reaches it, but not with own words."""
    number = number_of(talk)
    if not number:
        return Window("none")
    found = Window("none")
    for account, provider in _by_sms(talk):
        if not provider.takes(account, ContactPointKind.PHONE, number):
            continue
        if provider.own_words:
            return Window("sms", None, account, number, provider.own_words)
        found = Window("brand", None, account, number)
    return found


def _by_sms(talk: Talk) -> Iterator[tuple[ProviderAccount, HttpProvider]]:
    """The accounts by which SMS go, of her branch, the first to be tried first."""
    branch = talks.branch_of(talk)
    rows = (
        ProviderAccount.objects.filter(is_active=True).prefetch_related("branches").order_by("pk")
    )
    fitting = []
    for account in rows:
        provider = _provider(account)
        serves = [each.pk for each in account.branches.all()]
        here = not serves or (branch is not None and branch.pk in serves)
        if isinstance(provider, HttpProvider) and provider.channel == "sms" and here:
            fitting.append((account, provider))
    yield from sorted(fitting, key=lambda pair: pair[1].order)


def _provider(account: ProviderAccount) -> AnyProvider | None:
    return provider_of(account.kind) if account.kind in kinds() else None


def number_of(talk: Talk) -> str:
    """The number she is reached by, E.164; "" = none is known."""
    if talk.patient is not None:
        points = people.points(talk.patient)
        return points[0].value if points else ""
    return talk.sender if talk.sender.startswith("+") else ""


def why_closed(way: Window) -> str:
    """Why she cannot be answered in words, and what to do instead."""
    if way.state == "over":
        return gettext(
            "More than 7 days since she last wrote: Zalo takes only approved messages. Call her."
        )
    if way.state == "brand":
        return gettext(
            "An SMS under the clinic's name carries only texts registered with the networks,"
            " so it cannot answer in words. Call her."
        )
    return gettext("She cannot be answered here: she has not written to us on Zalo. Call her.")
