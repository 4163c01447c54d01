"""What is wrong with a text before anybody reads it. Pure: no database, no clock.

An error keeps a text from being used; a warning says how it would read better. The words and
where the rules come from: docs/templates.md, "Lint".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from django.utils.translation import pgettext

from messaging import lint_words as words
from messaging import segments, texts
from messaging.models import Language, MessageClass
from messaging.placeholders import BLANK, PLACEHOLDERS, TYPED, used
from messaging.wordings import LINK, as_zalo_writes

#: Zalo's sizes, in letters.
TITLE, BODY, BUTTON = (9, 65), (9, 400), (5, 30)
MOST_BLANKS = 10
_say = partial(pgettext, "lint")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `where`: the piece of the text; `says`: what it is and what to do."""

    level: Literal["error", "warning"]
    code: str
    where: str
    says: str


@dataclass(frozen=True, kw_only=True)
class Text:
    """What is looked at. `services`: names of the price list; `registered`: longest value of
    each blank at the provider, where it is known."""

    body: str
    channel: str
    purpose: str
    message_class: str = MessageClass.CARE
    language: str = Language.VI
    title: str = ""
    button: str = ""
    keep_accents: bool = False
    clinic: str = ""
    services: Collection[str] = ()
    registered: Mapping[str, int] = field(default_factory=dict)
    cap: int = segments.CARE_PARTS

    @property
    def whole(self) -> str:
        """Everything that is read on the lock screen or the card."""
        return " ".join(part for part in (self.title, self.body, self.button) if part)

    @property
    def spoken(self) -> str:
        """The same without its blanks."""
        return BLANK.sub(" ", self.whole)


def lint(text: Text) -> list[Finding]:
    """Everything to mend, errors first."""
    found = [one for rule in _RULES for one in rule(text)]
    return sorted(dict.fromkeys(found), key=lambda one: one.level != "error")


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """What keeps a text from being used."""
    return [one for one in findings if one.level == "error"]


def longest(text: Text, *, accents: bool) -> str:
    """The text with every blank as long as it may become, as it is counted."""
    values = {
        name: "x" * min(one.longest, texts.SMS_VALUE_LENGTH) for name, one in PLACEHOLDERS.items()
    }
    values |= {
        name: "x" * n for name, n in text.registered.items() if n < len(values.get(name, ""))
    }
    filled = BLANK.sub(lambda blank: values.get(blank[1], blank[0]), text.body)
    return texts.compose(filled) if accents else texts.without_accents(filled)


# blanks


def _syntax(text: Text) -> Iterator[Finding]:
    if texts.is_whole(text.whole):
        return
    pieces = re.findall(r"{%.*?%}|{{(?!\s*\w+\s*}})[^{}]*}}", text.whole, re.DOTALL)
    for piece in pieces:
        says = _say("Only plain blanks can be filled in, like [tên].")
        yield Finding("error", "syntax", piece, says)
    if not pieces:
        says = _say("A brace is open or too many. Write a blank like [tên].")
        yield Finding("error", "syntax", "", says)


def _blanks(text: Text) -> Iterator[Finding]:
    for name in used(text.whole):
        known = PLACEHOLDERS.get(name)
        if known is None:
            says = _say("There is no blank of this name. Choose one of the list.")
            yield Finding("error", "unknown_placeholder", name, says)
        elif text.purpose not in known.purposes:
            says = _say("This blank stays empty in a message of this kind. Take it out.")
            yield Finding("error", "placeholder_not_here", name, says)
    for typed in TYPED.finditer(text.whole):
        if typed[1] not in ("QC", "AD"):
            says = _say("There is no blank of this name. Choose one of the list.")
            yield Finding("error", "unknown_placeholder", typed[0], says)


def _registered(text: Text) -> Iterator[Finding]:
    for name in used(text.body):
        known, most = PLACEHOLDERS.get(name), text.registered.get(name)
        if known is None or most is None or known.longest <= most or known.longest <= 0:
            continue
        said = {"n": most}
        if known.may_cut:
            says = _say("Longer values are cut to the %(n)s letters the provider registered.")
            yield Finding("warning", "may_be_cut", name, says % said)
        elif len(known.example) > most:
            says = _say(
                "The provider registered %(n)s letters, and this needs more. Register it anew."
            )
            yield Finding("error", "too_long_for_blank", name, says % said)


# lengths


def _sms_length(text: Text) -> Iterator[Finding]:
    if text.channel != "sms":
        return
    counted = segments.count(
        longest(text, accents=text.keep_accents), ads=text.message_class == MessageClass.ADS
    )
    if counted.parts > text.cap:
        says = _say(
            "With long names it becomes %(parts)s parts; %(cap)s are the most. Make it shorter."
        )
        yield Finding("error", "too_long", "", says % {"parts": counted.parts, "cap": text.cap})


def _zalo_sizes(text: Text) -> Iterator[Finding]:
    if text.channel != "zalo":
        return
    sizes = (
        (text.title, TITLE, "title", _say("Zalo wants a title of %(low)s to %(high)s letters.")),
        (text.body, BODY, "body", _say("Zalo wants a text of %(low)s to %(high)s letters.")),
        (
            text.button,
            BUTTON,
            "button",
            _say("Zalo wants a button of %(low)s to %(high)s letters."),
        ),
    )
    for part, (low, high), code, says in sizes:
        if not low <= len(as_zalo_writes(part)) <= high and (part or code != "button"):
            yield Finding("error", f"{code}_length", part[:40], says % {"low": low, "high": high})
    if len({*used(text.body), LINK}) > MOST_BLANKS:
        says = _say("Zalo takes at most %(n)s blanks in one text.")
        yield Finding("error", "too_many_blanks", "", says % {"n": MOST_BLANKS})
    for address in re.findall(r"https?://\S+|\bwww\.\S+", text.body):
        says = _say("Zalo takes addresses only behind the button. Take it out of the text.")
        yield Finding("error", "address_in_text", address, says)


# who speaks, and the law


def _who(text: Text) -> Iterator[Finding]:
    plain = texts.without_accents(text.spoken).lower()
    named = bool(text.clinic) and texts.without_accents(text.clinic).lower() in plain
    if "clinic" not in used(text.body) and not named:
        yield Finding(
            "error",
            "no_brand",
            "",
            _say("It does not say who writes. Add the name of the clinic: [phòng khám]."),
        )
    if "hotline" not in used(text.body):
        yield Finding("error", "no_hotline", "", _say("It gives no number to call. Add [số gọi]."))


def _advertising(text: Text) -> Iterator[Finding]:
    label = re.match(r"\s*\[(QC|AD)\]", text.title if text.channel == "zalo" else text.body)
    if text.message_class == MessageClass.ADS:
        if not label:
            yield Finding(
                "error", "no_label", "", _say("Advertising begins with [QC]. Write it in front.")
            )
        end = texts.without_accents(text.body).lower()[-90:]
        if not re.search(r"tu choi|khong nhan tin|stop|opt out", end):
            yield Finding(
                "error",
                "no_opt_out",
                "",
                _say("Say at the end how to refuse, for example: Từ chối: [đường dẫn]"),
            )
    else:
        if label:
            says = _say("[QC] belongs to advertising. Take it out, or make it a campaign.")
            yield Finding("error", "label_in_care", label[0].strip(), says)
        for piece in _said(text, words.OFFERS + _english(text, words.ENGLISH_OFFERS)):
            says = _say("This reads like an offer, and an offer is advertising. Take it out.")
            yield Finding("error", "offer_in_care", piece, says)


def _secrets(text: Text) -> Iterator[Finding]:
    for piece in _said(text, words.SECRETS + _english(text, words.ENGLISH_SECRETS)):
        says = _say("A message never asks for money, a password or papers. Take it out.")
        yield Finding("error", "asks_secret", piece, says)


# what may not stand on a lock screen


def _clinical(text: Text) -> Iterator[Finding]:
    says = _say(
        "Others read along on the screen: no service, illness, tooth or result. Write “the"
        " treatment of [ngày điều trị]”, details stand behind the link."
    )
    names = [name for name in text.services if _folded(name) not in words.GENERAL]
    telling = words.CLINICAL + _english(text, words.ENGLISH_CLINICAL)
    for piece in (*_said(text, telling), *_said(text, names)):
        yield Finding("error", "clinical", piece, says)
    for found in words.TOOTH.finditer(text.spoken):
        yield Finding("error", "clinical", found[0].strip(), says)


def _english(text: Text, phrases: tuple[str, ...]) -> tuple[str, ...]:
    """What is looked for beside the Vietnamese words in an English text."""
    return phrases if text.language == Language.EN else ()


def _said(text: Text, phrases: Iterable[str]) -> list[str]:
    """The phrases that stand in the text, as they are spelled or without accents.

    Two words and more are found whatever the accents around them; one word only where it was
    typed without any. What means something harmless without accents is taken as spelled.
    """
    spoken = texts.compose(text.spoken).lower()
    plain = texts.without_accents(spoken)
    found = []
    for phrase in phrases:
        exact, folded = texts.compose(phrase).lower(), _folded(phrase)
        loose = folded not in words.AMBIGUOUS
        if _stands(exact, spoken) or (
            loose and _stands(folded, plain if " " in folded else spoken)
        ):
            found.append(exact)
    return found


def _folded(phrase: str) -> str:
    return texts.without_accents(phrase).lower()


def _stands(phrase: str, within: str) -> bool:
    return bool(phrase) and re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", within) is not None


# how it reads


def _jargon(text: Text) -> Iterator[Finding]:
    if text.language != Language.VI:
        return  # "link" and "confirm" are plain words there
    for piece in _said(text, words.JARGON):
        plain = {"plain": words.JARGON[piece]}
        says = _say("Not everybody knows this word. Better: “%(plain)s”.") % plain
        yield Finding("warning", "jargon", piece, says)


def _alarm(text: Text) -> Iterator[Finding]:
    for piece in _said(text, words.ALARM):
        says = _say("This frightens. Say what to do and how to reach you.")
        yield Finding("warning", "alarm", piece, says)


def _shouting(text: Text) -> Iterator[Finding]:
    for run in _capitals(text.spoken):
        says = _say("Capitals shout. Write small letters.")
        yield Finding("warning", "capitals", run, says)
    for found in re.finditer(r"!+", text.spoken):
        says = _say("An exclamation mark shouts. A full stop will do.")
        yield Finding("warning", "exclamation", found[0], says)


def _capitals(spoken: str) -> Iterator[str]:
    """Words in capitals: one of four letters and more, or several beside each other."""
    run: list[str] = []
    for word in [*re.findall(r"\w+|[^\w\s]", texts.compose(spoken)), ""]:
        loud = len(word) > 1 and word.isalpha() and word.isupper() and word not in words.ACRONYMS
        if loud:
            run.append(word)
            continue
        if len(run) > 1 or (run and len(run[0]) > 3):
            yield " ".join(run)
        run = []


def _superlatives(text: Text) -> Iterator[Finding]:
    for found in words.SUPERLATIVES.finditer(text.spoken):
        says = _say("“The best” and “number one” need a proof by law. Say what is so instead.")
        yield Finding("warning", "superlative", found[0].strip(), says)


_RULES: tuple[Callable[[Text], Iterator[Finding]], ...] = (
    _syntax,
    _blanks,
    _registered,
    _sms_length,
    _zalo_sizes,
    _who,
    _advertising,
    _secrets,
    _clinical,
    _jargon,
    _alarm,
    _shouting,
    _superlatives,
)
