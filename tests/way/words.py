"""The words of the product: what is said on a page, and what the sources ask to be translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.utils.translation.template import templatize

from config.paths import ROOT

APPS = ("config", "kpi", "followup", "messaging", "patients", "clinics")
#: A message of the sources: its context ("" for none) and its English text.
Message = tuple[str, str]

#: Words of ours that no clinic uses (the design's list), and codes that were meant for rows.
FORBIDDEN = re.compile(
    r"\b(Kaplan|Meier|Wilson|R180|L365|hold-?out|uplift|leads?|recall|no[- _]show|enrol\w*"
    r"|immature|as[ _]of|None|nan|undefined)\b|\b[a-z]+_[a-z_]+\b|\{\{|\{%|%\(\w+\)",
    re.IGNORECASE,
)
#: English words that no Vietnamese sentence has, with or without its accents.
ENGLISH = re.compile(
    r"\b(the|and|with|from|this|that|your|is|are|was|not|yet|of|for|patients?|appointments?"
    r"|treatments?|messages?|today|tomorrow|yesterday|nothing|nobody|branch(es)?|dentists?"
    r"|tasks?|numbers?|search|save|cancel|month|week|day)\b",
    re.IGNORECASE,
)
_SPOKEN = {"aria-label", "title", "placeholder", "alt", "data-busy", "data-yes", "data-no"}
_SILENT = {"script", "style", "svg", "code", "noscript"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        said = dict(attrs)
        self.said += [text for name, text in attrs if name in _SPOKEN and text]
        if tag == "meta" and said.get("name") == "description":
            self.said.append(said.get("content") or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.said.append(" ".join(data.split()))


def said_on(html: str) -> list[str]:
    """What a page says to eyes and to a screen reader, piece by piece."""
    reader = _Reader()
    reader.feed(html)
    return reader.said


# what the sources ask to be translated

_CALL = re.compile(
    r"\b(_|gettext|pgettext|ngettext|npgettext)\(((?:u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"[,\s]*)+)"
)
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_HAS_CONTEXT = {"pgettext", "npgettext"}


def of_templates() -> Iterator[tuple[Path, Message]]:
    """Every message of the templates."""
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if path.suffix not in {".html", ".txt"}:
            continue
        code = templatize(path.read_text(), origin=str(path))
        for call in _CALL.finditer(code):
            parts = [str(ast.literal_eval(each)) for each in _LITERAL.findall(call.group(2))]
            context = parts.pop(0) if call.group(1) in _HAS_CONTEXT else ""
            yield path, (context, parts[0])


_FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
_WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}


def of_code() -> Iterator[tuple[Path, Message]]:
    """Every message of the Python files, also by a file's own short names for gettext."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            tree = ast.parse(path.read_text())
            own = _short_names(tree)
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    found = _message(node.func.id, _texts(node), own)
                    if found is not None:
                        yield path, found


def _texts(call: ast.Call) -> list[str]:
    """The arguments that are plain text, up to the first that is not."""
    found = []
    for each in call.args:
        if not (isinstance(each, ast.Constant) and isinstance(each.value, str)):
            break
        found.append(each.value)
    return found


def _message(name: str, texts: list[str], own: dict[str, str]) -> Message | None:
    if name in own and texts:
        return own[name], texts[0]
    if name in _FUNCTIONS and texts:
        return "", texts[0]
    if name in _WITH_CONTEXT and len(texts) > 1:
        return texts[0], texts[1]
    return None


def _short_names(tree: ast.Module) -> dict[str, str]:
    """`_ = partial(pgettext_lazy, "kpi")` and `def said(text): return pgettext_lazy("kpi", text)`:
    the name and the context it stands for."""
    found = {}
    for node in tree.body:
        calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
        for call in calls:
            names = [a.id for a in (call.func, *call.args) if isinstance(a, ast.Name)]
            texts = [a.value for a in call.args if isinstance(a, ast.Constant)]
            if not set(names) & _WITH_CONTEXT or len(texts) != 1:
                continue
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = str(texts[0])
            elif isinstance(node, ast.FunctionDef) and len(node.body) <= 2:
                found[node.name] = str(texts[0])
    return found
