"""What patients write to the clinic while the demo's history is made, on the gateway's phones.

One talks with the desk on Zalo and has her answer; a mother asks by SMS and waits for hers; a
stranger asks what braces cost. docs/operating.md says where to look.
"""

from __future__ import annotations

import datetime as dt
import json
from functools import partial

from clinics.public import clock
from config.history.life import DAY, MINUTE, Life, page_of
from config.history.places import Practice
from config.history.post import hear, work_off
from messaging import followers, replies, setup, talks
from messaging.models import ProviderAccount
from patients.public import NotPossible, Patient

#: Who is joined on Zalo, by her number; the mother's number speaks for three; nobody's number.
JOINED, MOTHER, STRANGER = "0968317452", "0968418276", "0968776211"


def plan(life: Life, practice: Practice) -> None:
    """Put the conversations into the life of this branch."""
    today = clock.day_of(life.until)

    def at(ago: int, hour: int, minute: int) -> dt.datetime:
        return clock.at(today - ago * DAY, dt.time(hour, minute))

    life.at(at(6, 10, 5), _joins)
    life.at(at(5, 9, 20), partial(_writes, JOINED, "Em bị bung dây cung, có phải ghé sớm không ạ?"))
    answer = "Dạ em ghé trước 17h hôm nay nhé, bác sĩ gắn lại khoảng 15 phút ạ."
    life.at(at(5, 9, 26), partial(_answered, practice, answer))
    life.at(at(5, 9, 41), partial(_writes, JOINED, "Dạ em cảm ơn, 16h em qua ạ."))
    price = "Cho mình hỏi niềng răng trong suốt khoảng bao nhiêu tiền?"
    life.at(life.until - 52 * MINUTE, partial(_writes, STRANGER, price))
    moved = "Chi muon doi lich be Ngoc sang sang thu 7 duoc khong em"
    life.at(life.until - 34 * MINUTE, partial(_texts, MOTHER, moved))


def _patient(phone: str) -> Patient | None:
    number = f"+84{phone[1:]}"
    return Patient.objects.filter(patientcontactpoint__contact_point__value=number).first()


def _joins() -> None:
    """She scans the code of the account and writes the four digits of her page."""
    patient = _patient(JOINED)
    if patient is None:  # of a shortened history
        return
    with page_of(None):
        code = followers.make_code(patient).code
    _does(JOINED, do="follow")
    _writes(JOINED, code)


def _writes(phone: str, text: str) -> None:
    _does(phone, do="text", text=text)


def _texts(phone: str, text: str) -> None:
    keys = json.loads(ProviderAccount.objects.get(kind="esms").credentials)
    _does(phone, do="sms", text=text, account=keys["api_key"])


def _does(phone: str, **deed: str) -> None:
    """She does it on her phone, and the clinic hears it before time goes on."""
    oa_id = ProviderAccount.objects.get(kind="zalo").account_id
    setup.act(phone, {"oa_id": oa_id, **deed})
    hear()


def _answered(practice: Practice, text: str) -> None:
    patient = _patient(JOINED)
    if patient is None:
        return
    try:
        with page_of(practice.reception):
            replies.write(talks.of_patient(patient), text, by=practice.reception)
    except NotPossible:  # she was never heard
        return
    work_off()
