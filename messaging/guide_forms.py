"""What is typed about a care guide: its words, a picture, a film."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.utils.translation import pgettext_lazy

from messaging import guides, pictures

_ = partial(pgettext_lazy, "guide")


class WordsForm(forms.Form):
    """The advice, one piece a line, and when to call at once."""

    body = forms.CharField(
        label=_("Advice, one piece a line"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Write at least one piece of advice.")},
    )
    danger = forms.CharField(
        label=_("Call at once when"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, key: str, **more: Any) -> None:
        super().__init__(*args, **more)
        if guides.has_danger(key):
            self.fields["danger"].required = True
            self.fields["danger"].error_messages["required"] = _(
                "This guide must say when to call at once."
            )


class PictureForm(forms.Form):
    """A picture and what is to be seen on it."""

    file = forms.FileField(
        label=_("Picture, JPG or PNG, at most 2 MB"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png", "class": "block w-full"}),
        error_messages={
            "required": _("Choose a picture."),
            "empty": _("This file is empty. Choose a picture."),
        },
    )
    words = forms.CharField(
        label=_("What is to be seen"),
        max_length=120,
        error_messages={"required": _("Say what is to be seen, for who cannot see it.")},
    )
    nobody = forms.BooleanField(
        label=_("No patient is on it, and no name, mouth or X-ray of one"),
        error_messages={"required": _("A guide never shows a patient. Choose another picture.")},
    )

    def clean_file(self) -> pictures.Picture:
        """Only the picture itself; place, time and camera are left out."""
        file = self.cleaned_data["file"]
        if file.size > pictures.LARGEST:
            raise forms.ValidationError(_("This picture is larger than 2 MB. Make it smaller."))
        try:
            return pictures.read(file.read())
        except pictures.NotAPicture as error:
            raise forms.ValidationError(
                _("This is no JPG or PNG that can be shown. Save it anew and try again.")
            ) from error


class VideoForm(forms.Form):
    """Where a film lies, and what it shows."""

    url = forms.URLField(
        label=_("Address of the film"),
        max_length=300,
        assume_scheme="https",
        error_messages={
            "required": _("Paste the address of the film."),
            "invalid": _("This is no address."),
        },
    )
    words = forms.CharField(
        label=_("What the film shows"),
        max_length=120,
        error_messages={"required": _("Say what the film shows.")},
    )

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if not guides.may_link(url):
            raise forms.ValidationError(_("Only films on YouTube and Vimeo can be linked."))
        return url
