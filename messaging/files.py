"""Pictures and files of a conversation: kept with their line, opened by who may see it.

These verbs write and read rows; what is fetched from a provider is fetched by messaging/copies.py.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable

from clinics import clock
from messaging.attachments import FILE, IMAGE, Attached
from messaging.models import FileState, LineFile, LineFileData, Talk, TalkLine
from messaging.providers.news import Attachment
from messaging.secrets import seal_bytes, unseal_bytes


def keep(line: TalkLine, attached: Attached) -> LineFile:
    """Put a picture or file of ours to its line."""
    row = LineFile.objects.create(line=line, state=FileState.KEPT, url="", **_facts(attached))
    LineFileData.objects.create(file=row, data=seal_bytes(attached.data))
    return row


def want(line: TalkLine, parts: Iterable[Attachment]) -> None:
    """Note what is to be copied of a line of hers: its pictures and files, as `parts` names them.

    A part without an address has nothing to copy and stays words.
    """
    now = clock.now()
    LineFile.objects.bulk_create(
        LineFile(
            line=line,
            position=position,
            kind=IMAGE if part.kind == IMAGE else FILE,
            name=part.name,
            url=part.url,
            state=FileState.WANTED,
            due_at=now,
        )
        for position, part in enumerate(parts)
        if part.kind in (IMAGE, FILE) and part.url
    )


def fill(row: LineFile, attached: Attached) -> None:
    """What was wanted has come. A second time changes nothing."""
    facts = {**_facts(attached), "state": FileState.KEPT, "due_at": None}
    came = LineFile.objects.filter(pk=row.pk, state=FileState.WANTED).update(**facts)
    if came:
        LineFileData.objects.create(file_id=row.pk, data=seal_bytes(attached.data))


def _facts(attached: Attached) -> dict[str, object]:
    return {
        "kind": attached.kind,
        "name": attached.name,
        "media_type": attached.media_type,
        "size": len(attached.data),
        "width": attached.width,
        "height": attached.height,
    }


def of_lines(line_ids: Iterable[int]) -> dict[int, dict[int, LineFile]]:
    """The files of lines by their position; one statement, without the bytes."""
    found: dict[int, dict[int, LineFile]] = defaultdict(dict)
    for row in LineFile.objects.filter(line__in=list(line_ids)):
        found[row.line_id][row.position] = row
    return found


def ours(line: TalkLine) -> Attached | None:
    """What goes out with an answer; None = it is words only."""
    row = LineFile.objects.filter(line=line, state=FileState.KEPT).select_related("linefiledata")
    found = row.first()
    return None if found is None else _opened(found)


def opened(talk: Talk, uid: uuid.UUID) -> Attached | None:
    """A file of this conversation with its bytes; None when it is not here."""
    rows = LineFile.objects.filter(uid=uid, line__talk=talk, state=FileState.KEPT)
    found = rows.select_related("linefiledata").first()
    return None if found is None else _opened(found)


def _opened(row: LineFile) -> Attached:
    data = unseal_bytes(bytes(row.linefiledata.data))
    return Attached(row.kind, row.name, row.media_type, data, row.width, row.height)
