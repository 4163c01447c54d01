"""Finding a patient as it is typed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics.public import Branch
from patients.public import people
from tests.patients import records


@pytest.fixture
def branch(clinic: object) -> Branch:
    made = records.branch()
    for name, phone in [
        ("Đặng Thị Thu Trang", "0903418276"),
        ("Nguyễn Văn Hoà", "0912345678"),
        ("Trần Thị Hòa", "0987654321"),
        ("Lê Thuỷ Tiên", "01684182761"),
        ("Nguyễn Thị Trà My", "028 7300 6868"),
    ]:
        records.patient(made, name, phone)
    return made


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("đặng", ["Đặng Thị Thu Trang"]),
        ("dang", ["Đặng Thị Thu Trang"]),
        ("DANG", ["Đặng Thị Thu Trang"]),
        ("hoà", ["Nguyễn Văn Hoà", "Trần Thị Hòa"]),
        ("hòa", ["Nguyễn Văn Hoà", "Trần Thị Hòa"]),
        ("hoa", ["Nguyễn Văn Hoà", "Trần Thị Hòa"]),
        ("thu trang", ["Đặng Thị Thu Trang"]),
        ("thu tr", ["Đặng Thị Thu Trang"]),
        ("trang dang", ["Đặng Thị Thu Trang"]),
        ("nguyen my", ["Nguyễn Thị Trà My"]),
        ("tr", ["Nguyễn Thị Trà My", "Trần Thị Hòa", "Đặng Thị Thu Trang"]),
        ("rang", []),
        ("nguyen trang", []),
        ("%", []),
        ("  ", []),
        ("276", ["Đặng Thị Thu Trang", "Lê Thuỷ Tiên"]),
        ("8276", ["Đặng Thị Thu Trang", "Lê Thuỷ Tiên"]),
        ("0903", ["Đặng Thị Thu Trang"]),
        ("0903 418 276", ["Đặng Thị Thu Trang"]),
        ("+84 903", ["Đặng Thị Thu Trang"]),
        ("4182", ["Đặng Thị Thu Trang", "Lê Thuỷ Tiên"]),
        ("0384", ["Lê Thuỷ Tiên"]),
        ("028", ["Nguyễn Thị Trà My"]),
        ("27", []),
        ("555", []),
    ],
)
def test_she_is_found(branch: Branch, query: str, names: list[str]) -> None:
    found = [found.name for found in people.find(query, branches=[branch])]
    assert sorted(found) == sorted(names)


def test_a_word_start_comes_in_the_order_of_the_words(branch: Branch) -> None:
    found = people.find("tr", branches=[branch])
    assert [one.name.rsplit(" ")[-1] for one in found] == ["My", "Hòa", "Trang"]


def test_other_branches_and_removed_patients_are_not_found(branch: Branch) -> None:
    elsewhere = records.branch("Thủ Đức")
    records.patient(elsewhere, "Đặng Văn Nam", "0903418299")
    assert len(people.find("dang", branches=[branch])) == 1
    assert len(people.find("dang", branches=[branch, elsewhere])) == 2
    assert len(people.find("0903418", branches=[branch])) == 1


def test_the_answer_ends_at_its_limit_and_shows_no_full_number(branch: Branch) -> None:
    found = people.find("n", branches=[branch], limit=1)
    assert len(found) == 1
    only = people.find("dang", branches=[branch])[0]
    assert only.phone == "0903 ••• 276"
    assert only.branch == "Quận 3"
    assert only.called == "chị Trang"


@pytest.mark.parametrize(
    ("query", "most"), [("n", 2), ("thu trang", 2), ("276", 3), ("zzz", 1), ("4182", 3)]
)
def test_statements_do_not_grow_with_what_is_found(branch: Branch, query: str, most: int) -> None:
    with CaptureQueriesContext(connection) as few:
        people.find(query, branches=[branch])
    for number in range(30):
        phone = f"0903{number:02}4182" if number % 2 else f"0903{number:03}276"
        records.patient(branch, f"Nguyễn Thu Trang {number}", phone)
    with CaptureQueriesContext(connection) as many:
        people.find(query, branches=[branch], limit=50)
    assert len(few) <= most
    assert len(many) <= most


def test_the_list_costs_as_much_for_fifty_as_for_one(branch: Branch) -> None:
    with CaptureQueriesContext(connection) as few:
        one = people.listing(branches=[branch], today="2026-06-01", size=1)
    with CaptureQueriesContext(connection) as many:
        all_ = people.listing(branches=[branch], today="2026-06-01", size=50)
    assert len(one.rows) == 1
    assert (one.pages, one.total, len(all_.rows)) == (5, 5, 5)
    assert len(few) == len(many) == 2
    assert [row.found.name.rsplit(" ")[-1] for row in all_.rows] == [
        "Hoà", "Hòa", "My", "Tiên", "Trang",
    ]  # fmt: skip
