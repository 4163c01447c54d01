"""Figures are written the way of the language of the page: 1.204 and 57,3, or 1,204 and 57.3."""

from __future__ import annotations

import pytest
from django.utils import translation

from clinics.templatetags import tk
from followup.public import returns
from kpi import words
from kpi.due import given_said


@pytest.mark.parametrize(
    ("language", "thousand", "per_day", "sentence"),
    [
        ("vi", "1.204", "2,4", "690 trên 1.204"),
        ("en", "1,204", "2.4", "690 of 1,204"),
    ],
)
def test_figures_follow_the_language(
    language: str, thousand: str, per_day: str, sentence: str
) -> None:
    with translation.override(language):
        assert words.grouped(1204) == thousand
        assert words.figure(1204, share=False) == thousand
        assert words.per_day(2.4) == per_day
        assert words.of(690, 1204) == sentence
        assert tk.grouped(1204) == thousand
        assert tk.decimal(2.4) == per_day


def test_so_do_the_sentences_about_calls() -> None:
    given = returns.Given(given=1204, had=2000)
    with translation.override("en"):
        assert given_said(given) == "1,204 calls given to the desk. 2,000 had one already."
    with translation.override("vi"):
        assert given_said(given).startswith("1.204 ") or " 1.204 " in given_said(given)
