"""One text on its page: what is wrong with it, what it costs, how a patient reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from clinics.public import places
from messaging import costs, lint, purposes, segments, spending, templates, texts
from messaging.lint import Finding
from messaging.models import Language, MessageClass, Template, TemplatePurpose, TemplateStatus
from messaging.models.templates import IN_WORK
from messaging.placeholders import BLANK, PLACEHOLDERS
from messaging.wordings import LINK


@dataclass(frozen=True)
class Words:
    """What is typed: stored form, not yet saved."""

    body: str
    title: str = ""
    button: str = ""
    keep_accents: bool = False
    price_phone: int | None = None

    @classmethod
    def of(cls, template: Template) -> Words:
        """What stands."""
        return cls(
            body=template.body,
            title=template.title,
            button=template.button,
            keep_accents=template.keep_accents,
            price_phone=template.price_phone,
        )


@dataclass(frozen=True)
class Size:
    """An SMS as it is billed; `price` in VND, None = nobody has said."""

    accents: bool
    chosen: bool
    counted: segments.Count
    price: int | None


@dataclass(frozen=True)
class Note:
    """Findings that say the same, with every piece they are about."""

    level: str
    says: str
    where: list[str]


@dataclass(frozen=True)
class Checked:
    """Everything that is shown beside a text while it is written."""

    findings: list[Finding]
    sizes: list[Size]
    title: str
    text: str
    button: str
    price: int | None

    @property
    def blocked(self) -> bool:
        """Whether something must be mended before it may be used."""
        return bool(lint.errors(self.findings))

    @property
    def notes(self) -> list[Note]:
        """The findings as they are read; what lies within a longer piece is not named again."""
        pieces: dict[tuple[str, str], list[str]] = {}
        for one in self.findings:
            pieces.setdefault((one.level, one.says), []).append(one.where)
        return [
            Note(level, says, [w for w in where if w and not any(w in o and w != o for o in where)])
            for (level, says), where in pieces.items()
        ]


def check(template: Template, words: Words, values: Mapping[str, str]) -> Checked:
    """A text as typed, for these values."""
    sms = template.channel == "sms"
    shown = texts.compose(words.body)
    if texts.is_whole(words.body):
        shown = texts.render(words.body, values, sms=sms, accents=words.keep_accents)
    return Checked(
        findings=found(template, words),
        sizes=_sizes(template, words, values) if sms else [],
        title=texts.compose(_filled(words.title, values)),
        text=texts.with_link(shown, values[LINK]),
        button=words.button,
        price=None if sms else _price(template, words),
    )


def found(template: Template, words: Words) -> list[Finding]:
    """What the lint says, with the blanks named as they are typed."""
    said = lint.lint(
        lint.Text(
            body=words.body,
            title=words.title,
            button=words.button,
            channel=template.channel,
            purpose=template.purpose,
            message_class=template.message_class,
            language=template.language,
            keep_accents=words.keep_accents,
            clinic=places.profile().name,
            services=[service.name for service in places.every_service()],
            registered={one.name: one.max_length for one in templates.params_of(template)}
            if template.status == TemplateStatus.APPROVED
            else {},
        )
    )
    return [replace(one, where=_typed(one.where)) for one in said]


def is_clean(template: Template) -> bool:
    """Whether nothing keeps the stored text from being used."""
    return not lint.errors(found(template, Words.of(template)))


def _typed(where: str) -> str:
    known = PLACEHOLDERS.get(where)
    return f"[{known.word}]" if known else where


def _filled(text: str, values: Mapping[str, str]) -> str:
    return BLANK.sub(lambda blank: values.get(blank[1], ""), text)


def _price(template: Template, words: Words) -> int | None:
    return costs.price(template.channel, "phone", None, costs.Prices(words.price_phone))


def _prices(template: Template) -> costs.Prices:
    """What price lists say of a text."""
    ads = template.message_class == MessageClass.ADS
    by_part = template.account.part_price(is_ad=ads) if template.account else None
    return costs.Prices(template.price_phone, template.price_user, by_part)


def _sizes(template: Template, words: Words, values: Mapping[str, str]) -> list[Size]:
    if not texts.is_whole(words.body):
        return []
    ads = template.message_class == MessageClass.ADS
    prices = replace(_prices(template), phone=words.price_phone)
    sizes = []
    for accents in (False, True):
        text = texts.render(words.body, values, sms=True, accents=accents)
        counted = segments.count(texts.with_link(text, values[LINK]), ads=ads)
        price = costs.price("sms", "phone", counted.parts, prices)
        sizes.append(Size(accents, words.keep_accents == accents, counted, price))
    return sizes


# the list


@dataclass(frozen=True)
class Slot:
    """What stands under one key on one channel: the text in use, the one worked on."""

    name: str
    channel: str
    language: str
    is_ads: bool
    in_use: Template | None
    in_work: Template | None
    stopped: Template | None
    parts: int | None
    price: int | None

    @property
    def channel_name(self) -> str:
        return spending.channel_name(self.channel)

    @property
    def shown(self) -> Template:
        """Its page opens with what is worked on, else what is in use."""
        return next(one for one in (self.in_work, self.in_use, self.stopped) if one is not None)


@dataclass(frozen=True)
class Group:
    """One purpose and its texts."""

    purpose: str
    slots: list[Slot]


def listing() -> list[Group]:
    """Every text of the clinic by purpose; two statements."""
    slots: dict[tuple[str, str, int | None, str], list[Template]] = {}
    for one in templates.every():
        slots.setdefault((one.key, one.channel, one.account_id, one.language), []).append(one)
    groups: dict[str, Group] = {}
    order = {key: n for n, key in enumerate(purposes.OWN)}
    names = {choice.value: str(choice.label) for choice in TemplatePurpose}
    for rows in sorted(slots.values(), key=lambda rows: _place(rows[0], order)):
        purpose = rows[0].purpose
        group = groups.setdefault(purpose, Group(names[purpose], []))
        group.slots.append(_slot(rows))
    return [groups[purpose] for purpose in names if purpose in groups]


def _place(one: Template, order: Mapping[str, int]) -> tuple[int, str, bool, bool]:
    other = one.language != Language.VI
    return (order.get(one.key, len(order)), one.key, one.channel == "sms", other)


def _slot(rows: list[Template]) -> Slot:
    in_use = next((one for one in rows if one.status == TemplateStatus.APPROVED), None)
    in_work = next((one for one in rows if one.status in IN_WORK), None)
    gone = [one for one in rows if one.status == TemplateStatus.DISABLED]
    one = in_use or in_work or gone[-1]
    parts = None
    if one.channel == "sms":
        text = lint.Text(body=one.body, channel="sms", purpose=one.purpose)
        filled = lint.longest(text, accents=one.keep_accents)
        parts = segments.count(filled, ads=one.message_class == MessageClass.ADS).parts
    return Slot(
        name=purposes.name_of(one.key, one.title),
        channel=one.channel,
        language=one.language,
        is_ads=one.message_class == MessageClass.ADS,
        in_use=in_use,
        in_work=in_work,
        stopped=gone[-1] if gone and in_use is None and in_work is None else None,
        parts=parts,
        price=costs.price(one.channel, "phone", parts, _prices(one)),
    )
