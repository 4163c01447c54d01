"""What people and providers tell us beside receipts. See docs/inbox.md.

Runs inside the transaction that understands the stored webhook: rows only, nothing is sent here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext

from clinics import clock
from clinics.public import places
from messaging import (
    alerting,
    answer_receipts,
    answering,
    events,
    followers,
    optout,
    symptoms,
    talks,
    template_news,
)
from messaging.models import Inbound, Message, ProviderAccount, Talk
from messaging.providers.news import (
    Answered,
    Followed,
    Forgotten,
    News,
    Opened,
    QuotaNews,
    Receipt,
    Said,
    Shared,
    TemplateNews,
    WeSaid,
)
from messaging.providers.zalo.heard import ANONYMOUS
from patients.public import Patient, identities, names


def take(row: Inbound, news: News) -> None:
    """Do what a piece of news says; what nobody here listens to is kept to be seen."""
    account, at = row.account, _at(row, news)
    match news:
        case Said():
            _said(account, news, at)
        case WeSaid():
            heard = talks.Heard(account, news.person, news.ref, at, news.text, news.attachments)
            talks.said_elsewhere(talks.of_sender(account, news.person), heard)
        case Answered():
            _answered(account, news, at)
        case Followed():
            followers.followed(account, news.person, at, follows=news.follows)
        case Shared():
            _shared(account, news, at)
        case Opened():
            followers.acted(account, news.person, at)
        case Forgotten():
            followers.forgotten(account, news.person, at)
        case TemplateNews():
            template_news.take(
                account, news.template_id, status=news.status, quality=news.quality,
                reason=news.reason,
            )  # fmt: skip
        case QuotaNews():
            ProviderAccount.objects.filter(pk=account.pk).update(
                daily_quota=news.daily, quota_at=at
            )
        case _:
            Inbound.objects.filter(pk=row.pk).update(unknown=True)


def receipts(told: Sequence[tuple[ProviderAccount, Receipt]]) -> None:
    """What became of answers written in a conversation; they carry no uid of the outbox."""
    refs: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    accounts = {account.pk: account for account, _receipt in told}
    for account, receipt in told:
        if receipt.uid is None and receipt.ref:
            code = receipt.code if receipt.news == "failed" else ""
            refs[account.pk, receipt.news, code].append(receipt.ref)
    for (account_pk, what, code), listed in refs.items():
        answer_receipts.receipts(accounts[account_pk], what, listed, code=code)


def _at(row: Inbound, news: News) -> dt.datetime:
    """When it happened; nothing happens later than we hear of it."""
    at: dt.datetime | None = getattr(news, "at", None)
    return min(at or row.received_at, row.received_at)


def _said(account: ProviderAccount, news: Said, at: dt.datetime) -> None:
    joined = _known_by_code(account, news, at)
    talk = talks.of_sender(account, news.sender)
    people = _people(account, news, talk)
    stops = joined is None and _asks_to_stop(account, news, people)
    found = symptoms.named(news.text)
    tier = min((each.tier for each in found if each.tier), default="")
    line = talks.hear(
        talk,
        talks.Heard(
            account, news.sender, news.ref, at, news.text, news.attachments, news.reply_to,
            found[0].key if found else "", tier, is_new=joined is None,
            waits=joined is None and not stops,
        ),
    )  # fmt: skip
    if line is None:
        return
    if joined is not None:
        talks.note(talk, gettext("Joined to Zalo by her code."))
    elif stops:
        _stop(account, news, talk, people)
    else:
        if tier and people:
            worried = events.Worried(people[0].pk, found[0].key, tier, news.text, at)
            events.worried.tell(worried)
        elif tier:
            alerting.stranger(talk, tier)
        answering.outside_hours(talk, line)


def _is_zalo_user(account: ProviderAccount, sender: str) -> bool:
    return account.kind == "zalo" and not sender.startswith(ANONYMOUS)


def _known_by_code(account: ProviderAccount, news: Said, at: dt.datetime) -> Patient | None:
    """The patient she has just told us she is."""
    if not _is_zalo_user(account, news.sender):
        return None
    followers.acted(account, news.sender, at)
    if not followers.is_code(news.text):
        return None
    return followers.tried(account, news.sender, news.text)


def _people(account: ProviderAccount, news: Said, talk: Talk) -> list[Patient]:
    """The patients behind who wrote."""
    if talk.patient is not None:
        return [talk.patient]
    return identities.behind(*talks.address(account, news.sender))


def _asks_to_stop(account: ProviderAccount, news: Said, people: Sequence[Patient]) -> bool:
    channel = talks.channel_of(account)
    about_slot = any(optout.spoke_of_slot(each, channel) for each in people)
    brands = _brands(account) if channel == "sms" else ()
    return optout.asks_to_stop(news.text, about_slot=about_slot, brands=brands)


def _brands(account: ProviderAccount) -> tuple[str, ...]:
    """What people may call us when they refuse by SMS."""
    profile = places.profile()
    called = (account.account_id, account.name, profile.sms_name, profile.name)
    short = (names.fold(each).removeprefix("nha khoa ") for each in called)
    return (*called, *short)


def _stop(account: ProviderAccount, news: Said, talk: Talk, people: Sequence[Patient]) -> None:
    """She asked us to stop: noted for all behind her address, and confirmed."""
    channel = talks.channel_of(account)
    purposes: set[str] = set()
    for patient in people:
        mine = optout.purposes_of(patient, channel)
        optout.refuse(patient, channel=channel, purposes=mine, source=channel)
        purposes.update(mine)
    if not people and _is_zalo_user(account, news.sender):
        who = followers.person(account, news.sender)
        who.refused_at = clock.now()
        who.save(update_fields=["refused_at"])
    answering.confirm_stop(talk, channel, sorted(purposes), sender=news.sender)


def _answered(account: ProviderAccount, news: Answered, at: dt.datetime) -> None:
    """She rated a message of ours or pressed one of its buttons: it stands in her conversation."""
    message = _message(account, news)
    if message is None:
        return
    words = [news.choice, news.note]
    if news.rating is not None:
        words.insert(0, gettext("Rated %(n)s of 5") % {"n": news.rating})
    found = symptoms.named(f"{news.note}. {news.choice}")
    tier = min((each.tier for each in found if each.tier), default="")
    ref = f"{news.ref or message.uid.hex}:{'rating' if news.rating else 'button'}"[:80]
    heard = talks.Heard(
        account, "", ref, at, ". ".join(filter(None, words)), (), news.ref,
        found[0].key if found else "", tier,
    )  # fmt: skip
    line = talks.hear(talks.of_patient(message.patient), heard)
    if line is not None and tier:
        worried = events.Worried(message.patient_id, found[0].key, tier, heard.text, at)
        events.worried.tell(worried)


def _message(account: ProviderAccount, news: Answered) -> Message | None:
    rows = Message.objects.select_related("patient").filter(account=account)
    if news.uid is not None and (found := rows.filter(uid=news.uid).first()):
        return found
    return rows.filter(provider_ref=news.ref).first() if news.ref else None


def _shared(account: ProviderAccount, news: Shared, at: dt.datetime) -> None:
    """Joined where the number says who she is; else it waits in the inbox for a person."""
    joined = followers.shared(account, news.person, name=news.name, phone=news.phone)
    followers.acted(account, news.person, at)
    if joined.patient is not None:
        return
    words = ", ".join(filter(None, (news.name, news.phone)))
    ref = f"shared:{news.person}:{int(at.timestamp())}"[:80]
    heard = talks.Heard(account, news.person, ref, at, gettext("Shared: %s") % words)
    talks.hear(talks.of_sender(account, news.person), heard)
