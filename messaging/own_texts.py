"""The product's own texts for an account of the clinic (docs/templates.md, "The product's texts").

They begin as drafts in the product's words: the clinic reads them, changes what it wants, and
hands them in at the provider. What a care plan says is looked up by their keys, so without them
nothing leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from messaging import templates
from messaging.models import Language, MessageClass, ProviderAccount, Template, TemplateStatus
from messaging.providers import kinds, provider_of
from messaging.purposes import purpose_of
from messaging.wordings import LINK, SMS_ONLY, WORDINGS, Wording
from messaging.wordings_english import ENGLISH, SMS_ONLY_ENGLISH

_WORDS: dict[Language, dict[str, Wording]] = {Language.VI: WORDINGS, Language.EN: ENGLISH}
_BY_SMS = {Language.VI: SMS_ONLY, Language.EN: SMS_ONLY_ENGLISH}
#: Where there is no button, the address stands in the text itself.
_UNDER = {Language.VI: ("nút bên dưới", "đường dẫn bên dưới"), Language.EN: ("button", "link")}


@dataclass(frozen=True)
class Lack:
    """Texts of the product that an account cannot say yet, in one language."""

    account: ProviderAccount
    language: Language
    keys: tuple[str, ...]


def lacking() -> list[Lack]:
    """What each account in use lacks, by language; a statement for each account and one more."""
    found = []
    for account in ProviderAccount.objects.filter(is_active=True, kind__in=kinds()).order_by("id"):
        known = _known(account)
        for language in _WORDS:
            words = words_of(provider_of(account.kind).channel, language)
            keys = tuple(key for key in words if (key, language.value) not in known)
            if keys:
                found.append(Lack(account, language, keys))
    return found


def words_of(channel: str, language: Language) -> dict[str, Wording]:
    """The product's texts of a channel by their keys."""
    alone = _BY_SMS[language] if channel == "sms" else {}
    return _WORDS[language] | {key: Wording("", "", "", body) for key, body in alone.items()}


def _known(account: ProviderAccount) -> set[tuple[str, str]]:
    """Key and language of what it says, or is about to."""
    rows = Template.objects.filter(
        Q(account=account) | Q(account__isnull=True),
        channel=provider_of(account.kind).channel,
        key__in=[*WORDINGS, *SMS_ONLY],
    ).exclude(status=TemplateStatus.DISABLED)
    return set(rows.values_list("key", "language"))


@transaction.atomic
def begin(account: ProviderAccount, language: Language = Language.VI) -> int:
    """Begin what an account lacks in a language, as drafts. Returns how many there were."""
    known = _known(account)
    words = words_of(provider_of(account.kind).channel, language)
    keys = [key for key in words if (key, language.value) not in known]
    for key in keys:
        _draft(account, language, key, words[key])
    return len(keys)


def _draft(account: ProviderAccount, language: Language, key: str, wording: Wording) -> None:
    channel = provider_of(account.kind).channel
    begun = templates.begin(
        key=key,
        account=account,
        channel=channel,
        purpose=purpose_of(key),
        message_class=MessageClass.CARE,
        language=language,
        title=wording.title,
    )
    templates.write(
        begun,
        title="" if channel == "sms" else wording.title,
        body=_body(channel, language, wording),
        button=wording.button if channel == "zalo" else "",
        keep_accents=False,
        price_phone=None,
    )


def _body(channel: str, language: Language, wording: Wording) -> str:
    if channel == "sms":
        return wording.sms
    if channel == "zalo":
        return wording.zalo
    return f"{wording.zalo.replace(*_UNDER[language])}\n{{{{ {LINK} }}}}"
