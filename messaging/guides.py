"""Care advice behind the link of a message: the product's words, or the clinic's own.

The lines of the product are shown on the patient's phone in her language; what a clinic has
written is shown as it stands.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from clinics import clock
from messaging import pictures, texts
from messaging.models import Guide, GuidePicture, GuidePictureFile, GuideVideo

_ = partial(pgettext_lazy, "phone")
_name = partial(pgettext_lazy, "guide")
#: Where films may lie; shown as links only.
HOSTS = {
    "youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be", "vimeo.com", "www.vimeo.com",
}  # fmt: skip
#: Pictures and films of one guide.
MOST = 6


@dataclass(frozen=True)
class Line:
    """One piece of advice and its icon."""

    icon: str
    words: Promise | str


@dataclass(frozen=True)
class Product:
    """The product's advice of one protocol."""

    name: Promise
    title: Promise
    lines: tuple[Line, ...]
    danger: Promise | None = None


_TODAY, _KNOW = _("Good to do today"), _("Good to know")
_HIGH = Line("phone", _("If the bite feels too high, tell us: it is quickly put right"))
PRODUCT = {
    "implant": Product(
        _name("After implant surgery"),
        _TODAY,
        (
            Line(
                "glass-water",
                _("Rinse gently with salt water, three times a day, from the second day on"),
            ),
            Line("soup", _("Eat soft food and chew on the other side")),
            Line("pill", _("Take the medicine on time, to the end")),
            Line("cigarette-off", _("No smoking and no alcohol")),
        ),
        _(
            "lip or chin stay numb, the swelling goes down to the neck, there is a fever of 38"
            " degrees, or bleeding does not stop after 30 minutes on gauze."
        ),
    ),
    "implant_crown": Product(
        _name("After the crown of an implant"),
        _KNOW,
        (
            Line("glass-water", _("Clean around it every day with floss or an interdental brush")),
            _HIGH,
        ),
    ),
    "filling": Product(
        _name("After a filling"),
        _KNOW,
        (
            Line("snowflake", _("A little sensitivity to cold is usual and goes away")),
            Line("soup", _("Avoid very hard food on that side for a day")),
            _HIGH,
        ),
    ),
    "root_canal": Product(
        _name("After a root canal"),
        _KNOW,
        (
            Line("smile", _("The tooth may ache when you bite for some days; that goes away")),
            Line(
                "soup",
                _("Do not chew on that side until the tooth has its lasting filling or crown"),
            ),
            Line("pill", _("Take the medicine as prescribed")),
        ),
        _(
            "the face swells, there is a fever of 38 degrees, the pain becomes severe, or the"
            " temporary filling comes out."
        ),
    ),
    "ortho": Product(
        _name("With new braces"),
        _KNOW,
        (
            Line("smile", _("Sore teeth are usual for three to five days")),
            Line("soup", _("Eat soft food, cut into small pieces; nothing hard or sticky")),
            Line("check", _("Where a wire rubs, dry it and press a little wax on it")),
            Line("glass-water", _("Brush after every meal, also between the braces and the gum")),
        ),
    ),
    "ortho_debond": Product(
        _name("After braces were taken off"),
        _KNOW,
        (
            Line(
                "check",
                _("Wear the retainer as the dentist has said; without it the teeth move back"),
            ),
            Line(
                "glass-water", _("Wash it with cold water and a soft brush, never with hot water")
            ),
            Line("phone", _("If it is lost or broken, tell us the same day")),
        ),
    ),
}


@dataclass(frozen=True)
class Shown:
    """A guide as the patient sees it."""

    key: str
    name: str
    title: str
    lines: list[Line]
    danger: str
    pictures: list[GuidePicture]
    videos: list[GuideVideo]
    is_own: bool


def shown(key: str) -> Shown | None:
    """The guide of this key; None where there is none. Three statements at most."""
    product = PRODUCT.get(key)
    if product is None:
        return None
    own = Guide.objects.filter(key=key).first()
    lines, danger = list(product.lines), str(product.danger or "")
    if own is not None and own.body:
        icons = {str(line.words): line.icon for line in product.lines}
        written = [line for line in own.body.split("\n") if line]
        lines, danger = [Line(icons.get(line, "check"), line) for line in written], own.danger
    return Shown(
        key=key,
        name=str(product.name),
        title=str(product.title),
        lines=lines,
        danger=danger,
        pictures=list(own.guidepicture_set.order_by("id")) if own else [],
        videos=list(own.guidevideo_set.order_by("id")) if own else [],
        is_own=own is not None and bool(own.body),
    )


def every() -> list[tuple[str, str, bool]]:
    """Key, name and whether the clinic has its own words; one statement."""
    own = set(Guide.objects.exclude(body="").values_list("key", flat=True))
    return [(key, str(product.name), key in own) for key, product in PRODUCT.items()]


def has_danger(key: str) -> bool:
    """Whether this guide must say when to call at once."""
    return PRODUCT[key].danger is not None


@transaction.atomic
def write(key: str, *, body: str, danger: str) -> Guide:
    """The clinic's own words: one piece of advice a line. "" = the product's again."""
    lines = [line for line in texts.clean(body).split("\n") if line]
    wanted = {"body": "\n".join(lines), "danger": texts.compose(danger) if lines else ""}
    guide, _new = Guide.objects.update_or_create(
        key=key, defaults={**wanted, "changed_at": clock.now()}
    )
    return guide


def _guide(key: str) -> Guide:
    guide, _new = Guide.objects.get_or_create(key=key, defaults={"changed_at": clock.now()})
    return Guide.objects.select_for_update().get(pk=guide.pk)


class Full(Exception):
    """The guide has as many as it may have, or this one already."""


@transaction.atomic
def add_picture(key: str, *, picture: pictures.Picture, words: str) -> GuidePicture:
    """Put a picture beside the advice. Raises Full."""
    guide = _guide(key)
    if guide.guidepicture_set.count() >= MOST:
        raise Full
    added = GuidePicture.objects.create(
        guide=guide,
        words=texts.compose(words),
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        added_at=clock.now(),
    )
    GuidePictureFile.objects.create(picture=added, data=picture.data)
    return added


def picture_file(uid: uuid.UUID) -> tuple[bytes, str]:
    """A picture's bytes and kind. Raises GuidePictureFile.DoesNotExist."""
    found = GuidePictureFile.objects.select_related("picture").get(picture__uid=uid)
    return bytes(found.data), found.picture.media_type


def may_link(url: str) -> bool:
    """Whether a film may be linked: https, and a host of the list."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.netloc.lower() in HOSTS


@transaction.atomic
def add_video(key: str, *, url: str, words: str) -> GuideVideo:
    """Link a film. Raises Full, and ValueError for a host that is not of the list."""
    if not may_link(url):
        raise ValueError(url)
    guide = _guide(key)
    if guide.guidevideo_set.count() >= MOST:
        raise Full
    try:
        with transaction.atomic():
            return GuideVideo.objects.create(
                guide=guide, url=url, words=texts.compose(words), added_at=clock.now()
            )
    except IntegrityError as error:
        raise Full from error


def remove(key: str, uid: uuid.UUID) -> bool:
    """Take a picture or a film away; False when it is gone already."""
    gone, _of = GuidePicture.objects.filter(uid=uid, guide__key=key).delete()
    more, _of = GuideVideo.objects.filter(uid=uid, guide__key=key).delete()
    return bool(gone or more)
