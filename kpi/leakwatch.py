"""Finding leaks: both audit trails are looked at, and what stands out becomes a case.

The thresholds are ours (docs/kpi.md, "data_leak"). A look reads a day of reads and what was
changed since the last look; it is made some minutes after something was noted, never by a page.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from clinics import clock
from clinics.public import AuditEntry, Branch, Staff, access, places, sealing
from kpi import leakloss, leaksql
from kpi.leakloss import Found
from kpi.models import ChainCheck, LeakCase, LeakKind, LeakRecord, LeakWatch

#: More different records than this, shown to one person within the window, stand out …
BULK = 100
#: … and this many while none of her branches is open.
BULK_OFF_HOURS = 30
WINDOW = dt.timedelta(minutes=10)
#: Staff come before a branch opens and stay after it closes.
SLACK = dt.timedelta(hours=1)
#: Reads of people that may be a burst. The quick search shows six at a time while she types.
READS = ("patient.seen", "list.seen", "search.seen", "api.seen")
EXPORTED = "list.exported"
#: A look is made so long after the one before, at the earliest, and looks back a day.
EVERY = dt.timedelta(minutes=5)
BACK = dt.timedelta(days=1)
#: The first look of a clinic goes back so far.
FIRST = dt.timedelta(days=30)
#: The chain of hashes is proved once a day, at an hour when nobody waits for a number.
PROVE_AT = dt.time(3)


@dataclass(frozen=True)
class Read:
    """One row of the reads' trail: whose records one person was shown."""

    pk: int
    at: dt.datetime
    whose: frozenset[UUID]
    off: bool


def look_due() -> None:
    """Look, if a look is due; prove the chain, if that is."""
    now = clock.now()
    for trail in ("entry", "change"):
        if _due_at(trail, now) == now:
            _look(trail, now)
    if _prove_at(now) == now:
        prove()


def next_due() -> dt.datetime | None:
    """When something noted will have to be looked at, or the chain be proved again."""
    now = clock.now()
    times = [_due_at("entry", now), _due_at("change", now), _prove_at(now)]
    return min((at for at in times if at is not None), default=None)


def _due_at(trail: str, now: dt.datetime) -> dt.datetime | None:
    """Now, or the earliest time of the next look; None while nothing new is noted."""
    watch = LeakWatch.objects.filter(trail=trail).first()
    newest = sealing.newest(trail)
    if newest <= (watch.last_id if watch else 0):
        return None
    later = watch.at + EVERY if watch else now
    # the product's clock may be set back (demo, tests): what was looked at then lies ahead
    return now if later <= now or (watch is not None and watch.at > now) else later


def _prove_at(now: dt.datetime) -> dt.datetime | None:
    last = ChainCheck.objects.aggregate(at=Max("at"))["at"]
    if last is None:
        return now if sealing.any_sealed() else None
    day = clock.day_of(last)
    tonight = clock.at(day, PROVE_AT)
    after = tonight if last < tonight else clock.at(day + dt.timedelta(days=1), PROVE_AT)
    return now if after <= now or last > now else after


def prove() -> ChainCheck:
    """Compute the chain of both trails anew and write down whether it is whole."""
    found = [sealing.verify(trail) for trail in sealing.TRAILS]
    faults = [fault for one in found for fault in one.faults]
    return ChainCheck.objects.create(
        at=clock.now(),
        passed=not faults,
        sealed=sum(one.sealed for one in found),
        faults=len(faults),
        first_fault=faults[0][:300] if faults else "",
    )


def _look(trail: str, now: dt.datetime) -> None:
    watch = LeakWatch.objects.filter(trail=trail).first()
    newest = sealing.newest(trail)
    # a day again: what was written late stands below what was seen
    begin = watch.from_id if watch else leaksql.first_since(trail, now - FIRST)
    after = begin - 1
    cases = _reads(after, newest) if trail == "entry" else leakloss.losses(after, newest)
    from_id = leaksql.first_since(trail, now - BACK, above=after)
    with transaction.atomic():
        write(cases, now=now)
        LeakWatch.objects.update_or_create(
            trail=trail, defaults={"last_id": newest, "from_id": from_id, "at": now}
        )


def write(cases: Sequence[Found], *, now: dt.datetime) -> None:
    """Write the cases and their records; a case that stands is carried on, never doubled."""
    LeakCase.objects.bulk_create(
        [
            LeakCase(
                kind=one.kind, key=one.key, actor_id=one.actor_id, happened_at=one.at,
                until_at=one.until, off_hours=one.off_hours, found_at=now,
            )
            for one in cases
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    standing = {row.key: row for row in LeakCase.objects.filter(key__in=[c.key for c in cases])}
    grown = [standing[one.key] for one in cases if standing[one.key].until_at < one.until]
    until = {one.key: one.until for one in cases}
    for row in grown:
        row.until_at = until[row.key]
    LeakCase.objects.bulk_update(grown, ["until_at"])
    LeakRecord.objects.bulk_create(
        [
            LeakRecord(case=standing[one.key], patient_id=patient, found_at=now)
            for one in cases
            for patient in sorted(one.patients)
        ],
        ignore_conflicts=True,
        batch_size=5_000,
    )


# reads


def _reads(after: int, until: int) -> list[Found]:
    """Bursts, looks into other branches, and exports among these rows of the reads' trail."""
    rows = list(
        AuditEntry.objects.filter(
            id__gt=after, id__lte=until, verb__in=[*READS, EXPORTED], actor__isnull=False
        ).order_by("id")
    )
    if not rows:
        return []
    whose = {
        row.pk: frozenset(row.subjects or ([row.subject] if row.subject else [])) for row in rows
    }
    known = leaksql.patients_of({uid for uids in whose.values() for uid in uids})
    staff = _Workplace.of({row.actor_id for row in rows if row.actor_id})
    by_actor: dict[int, list[Read]] = defaultdict(list)
    cases = []
    for row in rows:
        actor = row.actor_id or 0
        off = not staff[actor].is_open(row.happened_at)
        if row.verb == EXPORTED:
            cases.append(
                Found(
                    LeakKind.EXPORT, f"export:{row.pk}", actor, row.happened_at, row.happened_at,
                    {known[uid].pk for uid in whose[row.pk] if uid in known}, off,
                )
            )  # fmt: skip
        else:
            by_actor[actor].append(Read(row.pk, row.happened_at, whose[row.pk], off))
    standing = list(
        LeakCase.objects.filter(kind=LeakKind.BULK_READ, until_at__gte=rows[0].happened_at)
    )
    for actor, reads in by_actor.items():
        for burst, off in bursts(reads):
            records = {known[uid].pk for one in burst for uid in one.whose if uid in known}
            begin, end = burst[0].at, burst[-1].at
            # the look may begin in the middle of a burst that is known: it is the same case
            same = (
                c.key
                for c in standing
                if c.actor_id == actor and c.happened_at <= end and c.until_at >= begin
            )
            key = next(same, f"bulk:{actor}:{burst[0].pk}")
            cases.append(Found(LeakKind.BULK_READ, key, actor, begin, end, records, off))
        cases += _elsewhere(actor, reads, staff[actor], known)
    return cases


def bursts(reads: Sequence[Read]) -> list[tuple[list[Read], bool]]:
    """Stretches of one person's reads with more different records within ten minutes than
    daily work has, and whether they lie outside opening hours. `reads` in order of time."""
    spans = [(span, False) for span in _spans(reads, BULK)]
    shut = [place for place, one in enumerate(reads) if one.off]
    for first, last in _spans([reads[place] for place in shut], BULK_OFF_HOURS):
        span = (shut[first], shut[last])
        spans = [(s, off) for s, off in spans if s[1] < span[0] or s[0] > span[1]]
        spans.append((span, True))
    return [(list(reads[first : last + 1]), off) for (first, last), off in sorted(spans)]


def _spans(reads: Sequence[Read], most: int) -> list[tuple[int, int]]:
    """Where a window of ten minutes holds more than `most` different records; windows that
    touch are one."""
    found: list[tuple[int, int]] = []
    inside: Counter[UUID] = Counter()
    begin = 0
    for place, one in enumerate(reads):
        inside.update(one.whose)
        while one.at - reads[begin].at > WINDOW:
            inside.subtract(reads[begin].whose)
            inside = +inside
            begin += 1
        if len(inside) > most:
            if found and begin <= found[-1][1]:
                found[-1] = (found[-1][0], place)
            else:
                found.append((begin, place))
    return found


def _elsewhere(
    actor: int, reads: Iterable[Read], work: _Workplace, known: Mapping[UUID, leaksql.Known]
) -> list[Found]:
    """Records of other branches, with nothing of theirs in hers: one case a day."""
    if work.everywhere:
        return []
    by_day: dict[dt.date, list[tuple[Read, int]]] = defaultdict(list)
    strange = {
        uid for one in reads for uid in one.whose
        if uid in known and known[uid].branch_id not in work.branch_ids
    }  # fmt: skip
    theirs = leaksql.with_business({known[uid].pk for uid in strange}, work.branch_ids)
    for one in reads:
        for uid in one.whose & strange:
            if known[uid].pk not in theirs:
                by_day[clock.day_of(one.at)].append((one, known[uid].pk))
    return [
        Found(
            LeakKind.CROSS_BRANCH, f"cross:{actor}:{day}", actor,
            min(read.at for read, _ in seen), max(read.at for read, _ in seen),
            {patient for _, patient in seen},
        )
        for day, seen in by_day.items()
    ]  # fmt: skip


@dataclass(frozen=True)
class _Workplace:
    """Where a person works, and when a branch of hers is open."""

    everywhere: bool
    branches: tuple[Branch, ...]
    closed: Mapping[int, Collection[dt.date]] = field(default_factory=dict)

    @property
    def branch_ids(self) -> frozenset[int]:
        return frozenset(branch.pk for branch in self.branches)

    def is_open(self, at: dt.datetime) -> bool:
        """Whether one of them was open then, an hour before and after included."""
        return any(self._opens(branch, at) for branch in self.branches)

    def _opens(self, branch: Branch, at: dt.datetime) -> bool:
        day = clock.day_of(at)
        if branch.open_weekdays and day.weekday() not in branch.open_weekdays:
            return False
        if day in self.closed.get(branch.pk, ()):
            return False
        begin, end = clock.at(day, branch.opens_at), clock.at(day, branch.closes_at)
        return begin - SLACK <= at <= end + SLACK

    @classmethod
    def of(cls, staff_ids: Iterable[int]) -> dict[int, _Workplace]:
        """The workplaces of many, as they are today; four statements."""
        every = tuple(Branch.objects.filter(is_active=True))
        closed = places.closed_days([branch.pk for branch in every])
        rows = Staff.objects.filter(pk__in=list(staff_ids)).prefetch_related("branches")
        return {
            row.pk: cls(
                row.role in access.WHOLE_CLINIC,
                every if row.role in access.WHOLE_CLINIC else tuple(row.branches.all()),
                closed,
            )
            for row in rows
        }
