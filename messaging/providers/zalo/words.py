"""What Zalo's codes mean, in a sentence for the people of the clinic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from messaging.providers.zalo.codes import CODES, Family, Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: What every code of a class means.
OF_KIND: dict[Kind, StrOrPromise] = {
    Kind.RECIPIENT: pgettext_lazy("zalo", "She cannot or does not want to get this on Zalo."),
    Kind.RECIPIENT_NOW: pgettext_lazy("zalo", "She cannot be reached on Zalo for now."),
    Kind.TEMPLATE: pgettext_lazy("zalo", "Zalo does not take this text or its template."),
    Kind.LATER: pgettext_lazy("zalo", "Zalo could not do it just now; it is tried again."),
    Kind.NIGHT: pgettext_lazy("zalo", "Zalo does not send this at night; it goes in the morning."),
    Kind.TOKEN: pgettext_lazy("zalo", "Zalo does not accept our permission any more."),
    Kind.QUOTA: pgettext_lazy("zalo", "The share of messages or the balance is used up."),
    Kind.CONTRACT: pgettext_lazy(
        "zalo", "Something of the account must be put right in Zalo's console."
    ),
}
#: The commonest ones say more.
OF_CODE: dict[tuple[Family, int], StrOrPromise] = {
    (Family.BUSINESS, -108): pgettext_lazy("zalo", "There is no such phone number."),
    (Family.BUSINESS, -114): pgettext_lazy(
        "zalo", "Her Zalo is inactive or does not take this message."
    ),
    (Family.BUSINESS, -118): pgettext_lazy("zalo", "This number has no Zalo."),
    (Family.BUSINESS, -141): pgettext_lazy("zalo", "She refused messages of this account."),
    (Family.BUSINESS, -115): pgettext_lazy("zalo", "The Zalo account's money is used up."),
    (Family.BUSINESS, -137): pgettext_lazy("zalo", "Zalo could not charge the account."),
    (Family.BUSINESS, -126): pgettext_lazy("zalo", "The balance for tests is used up."),
    (Family.BUSINESS, -127): pgettext_lazy(
        "zalo", "A test goes only to administrators of the application or the account."
    ),
    (Family.BUSINESS, -131): pgettext_lazy("zalo", "Zalo has not approved this template yet."),
    (Family.BUSINESS, -146): pgettext_lazy(
        "zalo", "Zalo switched this template off because many found it bad."
    ),
    (Family.BUSINESS, -109): pgettext_lazy("zalo", "Zalo does not know this template."),
    (Family.BUSINESS, -117): pgettext_lazy(
        "zalo", "This template belongs to another account or application."
    ),
    (Family.BUSINESS, -1121): pgettext_lazy("zalo", "A value is too long for its template."),
    (Family.BUSINESS, -1122): pgettext_lazy("zalo", "A value of the template is missing."),
    (Family.BUSINESS, -1124): pgettext_lazy(
        "zalo", "A value is not written as its template wants it."
    ),
    (Family.BUSINESS, -144): pgettext_lazy("zalo", "The account sent its share of this day."),
    (Family.BUSINESS, -1441): pgettext_lazy(
        "zalo", "The account sent its share of promotion of this month."
    ),
    (Family.BUSINESS, -147): pgettext_lazy("zalo", "This template had its share of the day."),
    (Family.BUSINESS, -135): pgettext_lazy(
        "zalo", "This account may not send templates: it must be verified and have a package."
    ),
    (Family.BUSINESS, -1351): pgettext_lazy("zalo", "Zalo blocked this account."),
    (Family.BUSINESS, -136): pgettext_lazy(
        "zalo", "The account must be linked with an account that pays."
    ),
    (Family.OPENAPI, -230): pgettext_lazy(
        "zalo", "She has not written for seven days: only a template may be sent."
    ),
    (Family.OPENAPI, -232): pgettext_lazy(
        "zalo", "She has not written for seven days: only a template may be sent."
    ),
    (Family.OPENAPI, -213): pgettext_lazy("zalo", "She does not follow the account."),
    (Family.OPENAPI, -227): pgettext_lazy("zalo", "Her Zalo was not used for 45 days."),
    (Family.OPENAPI, -210): pgettext_lazy("zalo", "The text or the file is too long."),
    (Family.OPENAPI, -100): pgettext_lazy("zalo", "The picture or file is too old: send it again."),
    (Family.OPENAPI, -224): pgettext_lazy("zalo", "The account needs a higher package."),
    (Family.OPENAPI, -321): pgettext_lazy("zalo", "The Zalo account's money is used up."),
    (Family.OAUTH, -14002): pgettext_lazy(
        "zalo", "Zalo does not know this application, or it is not active."
    ),
    (Family.OAUTH, -14003): pgettext_lazy(
        "zalo", "The address of return is not the one saved in Zalo's console."
    ),
    (Family.OAUTH, -14004): pgettext_lazy("zalo", "The application's secret key is wrong."),
    (Family.OAUTH, -14005): pgettext_lazy(
        "zalo", "Zalo's permission was too old or used already. Begin once more."
    ),
    (Family.OAUTH, -14014): pgettext_lazy("zalo", "Zalo does not accept our permission any more."),
}
NOBODY_KNOWS: StrOrPromise = pgettext_lazy(
    "zalo", "Zalo's answer says nothing we know; nobody can tell whether it took the message."
)


def sentence(code: int, family: Family | None = None) -> StrOrPromise:
    """What a code means; without a family the first that knows it."""
    for each in [family] if family else list(Family):
        means = CODES[each].get(code)
        if means is not None:
            return OF_CODE.get((each, code), OF_KIND[means.kind])
    return NOBODY_KNOWS
