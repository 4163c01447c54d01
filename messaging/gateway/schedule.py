"""Things to do later, due by real time or by the product's clock, whichever comes first.

A test that advances the clock by two hours must see a message die at once, and a clock that stands
still or goes back must not keep a delivery from happening.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable

from messaging.gateway.clock import Clock

Job = Callable[[], None]


class Schedule:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._heap: list[tuple[float, int]] = []
        self._jobs: dict[int, tuple[float, Job]] = {}  # number -> (due on the product's clock, job)
        self._offset = clock.offset

    def __len__(self) -> int:
        return len(self._jobs)

    def after(self, seconds: float, job: Job) -> None:
        number = next(self._numbers)
        self._jobs[number] = (self._clock.now() + seconds, job)
        heapq.heappush(self._heap, (time.monotonic() + seconds, number))

    def clear(self) -> None:
        self._heap.clear()
        self._jobs.clear()

    def run_due(self) -> int:
        """Run what is due; returns how many jobs ran."""
        now = self._clock.now()
        due: list[tuple[float, int]] = []
        if self._clock.offset != self._offset:  # only a moved clock needs a look at every job
            self._offset = self._clock.offset
            due = [(at, number) for number, (at, _job) in self._jobs.items() if at <= now]
        monotonic = time.monotonic()
        while self._heap and self._heap[0][0] <= monotonic:
            number = heapq.heappop(self._heap)[1]
            if number in self._jobs:
                due.append((self._jobs[number][0], number))
        ran = 0
        for _at, number in sorted(set(due)):
            entry = self._jobs.pop(number, None)
            if entry is not None:
                entry[1]()
                ran += 1
        return ran
