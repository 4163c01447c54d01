"""What the outbox costs: messages a second, beside a client that only speaks HTTP.

Both send the same messages over the same client with as many under way at once, against a gateway
that answers after 50 ms; the other one keeps no books. Repetitions alternate, the figure is the
median of their ratios (docs/benchmarks.md).
"""

from __future__ import annotations

import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
from django.conf import settings
from django.db import connection, transaction
from django_tenants.utils import schema_context

from clinics import clock
from clinics.public import Branch
from messaging import dispatch, links, setup, sql, texts
from messaging.benches import one_task
from messaging.models import Link, Message, MessageState, ProviderAccount, Template
from messaging.providers import provider_of
from messaging.providers.base import Reply, Request, Sending
from messaging.providers.http import Burst, call
from messaging.providers.zalo.client import Zalo
from messaging.wordings import LINK
from patients.public import BasisKind, Patient, people

#: Enough that beginning and end of a visit, which are not its rate, weigh little.
MESSAGES, LONG_MESSAGES = 2_400, 10_000
#: For the usual way, which takes many times as long for each.
FEW = 200
REPETITIONS, LONG_REPETITIONS = 5, 9
UNDER_WAY = 400
LATENCY_MS = 50
MORNING = "2026-06-03T09:30"
ROOT = Path(__file__).resolve().parents[2]
VALUES = {
    "full_call": "chị Trang",
    "salutation": "chị",
    "clinic": "Nha khoa An Tâm",
    "branch": "Quận 3",
    "time": "15:30",
    "day": "thứ Ba 17/11",
    "dentist": "BS. Khôi",
    "hotline": "028 7300 6868",
}


def run(*, long: bool) -> dict[str, float]:
    """`vs_http_client`: messages a second of the product ÷ those of the bare client, and
    `cpu_vs_http_client` the same by processor time. `outbox_cost`: seconds the outbox adds ÷ those
    of the same lanes without it, also where each commit takes two milliseconds more
    (`outbox_cost_slow_commit`). `vs_one_task_per_message`: messages a second ÷ those of a worker
    with a task for each. `load` of the machine."""
    number = LONG_MESSAGES if long else MESSAGES
    found = Found()
    clock.move(to=clock.parse(MORNING))  # at night nothing would be sent
    with _gateway(), schema_context("an_tam"):
        account, template, patient = connect()
        _floor(account, template, write(account, template, patient, 200))  # warm up
        for _ in range(LONG_REPETITIONS if long else REPETITIONS):
            _repeat(found, account, template, patient, number)
        with _commits(slow=False), one_task.worker():
            one_task.seconds(write(account, template, patient, one_task.THREADS))  # warm up
            usual = FEW / one_task.seconds(write(account, template, patient, FEW))
    return {
        "vs_http_client": statistics.median(found.ratios),
        "cpu_vs_http_client": statistics.median(found.processor_ratios),
        "per_second": statistics.median(found.rates),
        "outbox_cost": statistics.median(found.costs[False]),
        "outbox_cost_slow_commit": statistics.median(found.costs[True]),
        "vs_one_task_per_message": statistics.median(found.rates) / usual,
        "load": os.getloadavg()[0],
    }


@dataclass(slots=True)
class Found:
    """What each repetition found; `costs` by whether commits were slow."""

    ratios: list[float] = field(default_factory=list)
    processor_ratios: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    costs: dict[bool, list[float]] = field(default_factory=lambda: {False: [], True: []})


def _repeat(
    found: Found, account: ProviderAccount, template: Template, patient: Patient, number: int
) -> None:
    """Every way once, with messages of its own."""
    messages = write(account, template, patient, number)
    used = _processor()
    floor = _floor(account, template, messages)
    floor_used = _processor() - used
    for slow in (False, True):
        with _commits(slow=slow):
            without = _lanes(account, write(account, template, patient, number))
            messages = write(account, template, patient, number)
            used = _processor()
            seconds = _product(messages)
            used = _processor() - used
        found.costs[slow].append(seconds / without - 1)
        if not slow:
            found.rates.append(number / seconds)
            found.ratios.append(floor / seconds)
            found.processor_ratios.append(floor_used / used)


def _processor() -> float:
    """Seconds of processor time of this process and of its database connection's."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    backend = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return time.process_time() + backend


@contextmanager
def _commits(*, slow: bool) -> Iterator[None]:
    """New connections whose commits take two milliseconds longer, or do not."""
    for name, value in (("commit_delay", 2000 if slow else 0), ("commit_siblings", 0)):
        _as_admin(f"ALTER DATABASE {connection.settings_dict['NAME']} SET {name} = {value}")
    connection.close()
    yield


def _as_admin(statement: str) -> None:
    admin = psycopg2.connect(os.environ["CRM_TEST_ADMIN_URL"])
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(statement)
    admin.close()


@contextmanager
def _gateway() -> Iterator[None]:
    """A gateway of its own that delivers nothing meanwhile; settings lead to it."""
    port = 20_000 + os.getpid() % 10_000
    base = f"http://127.0.0.1:{port}"
    settings.GATEWAY_URL = base
    settings.ZALO_BUSINESS_URL = f"{base}/zalo-business"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "messaging.gateway", "--port", str(port)]
        command += ["--state", folder, "--delay", "86400"]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            try:
                while not isinstance(call(Request("GET", f"{base}/healthz")), Reply):
                    time.sleep(0.1)
                yield
            finally:
                process.terminate()


def connect() -> tuple[ProviderAccount, Template, Patient]:
    """A clinic with its accounts at a slow gateway, a text and a patient."""
    branch, _new = Branch.objects.get_or_create(code="bench", defaults={"name": "Quận 3"})
    account = setup.connect_gateway(in_flight_cap=UNDER_WAY).zalo
    ProviderAccount.objects.filter(pk=account.pk).update(per_minute=0)  # as fast as it goes
    oa = f'{{"kind": "zalo", "oa_id": "{account.account_id}", "daily_quota": 1000000000}}'
    call(Request("POST", f"{settings.GATEWAY_URL}/control/accounts", {}, oa.encode()))
    slow = f'{{"channel": "zalo", "slow_ms": {LATENCY_MS}}}'.encode()
    call(Request("POST", f"{settings.GATEWAY_URL}/control/mode", {}, slow))
    patient = people.register(
        branch=branch,
        full_name="Nguyễn Thu Trang",
        phone="0903418276",
        basis=BasisKind.CARE_RELATION,
        text_version="care-2026-01",
        by=None,
    )
    return account, Template.objects.get(key="reminder", channel="zalo"), patient


@transaction.atomic
def write(
    account: ProviderAccount, template: Template, patient: Patient, number: int
) -> list[Message]:
    """Queued messages with their links, as many as wanted, and no others."""
    Message.objects.all().delete()
    Link.objects.all().delete()
    point = patient.patientcontactpoint_set.get().contact_point
    now = clock.now()
    messages = Message.objects.bulk_create(
        Message(
            intent=uuid.uuid4(),
            patient=patient,
            branch_id=patient.branch_id,
            contact_point=point,
            account=account,
            template=template,
            channel="zalo",
            values=VALUES,
            allowed_channels="zalo,sms",
            text="",
            due_at=now,
            queued_at=now,
        )
        for _ in range(number)
    )
    Link.objects.bulk_create(
        Link(
            intent=each.intent,
            patient=patient,
            nonce=secrets.token_bytes(links.NONCE_BYTES),
            opens_until=now + links.OPEN_FOR,
        )
        for each in messages
    )
    return messages


def _product(messages: list[Message]) -> float:
    """Seconds the product takes for all of them."""
    began = time.perf_counter()
    dispatch.deliver_due()
    seconds = time.perf_counter() - began
    done = Message.objects.filter(state=MessageState.ACCEPTED).exclude(provider_ref="").count()
    assert done == len(messages), f"{done} of {len(messages)} were accepted"
    return seconds


def _lanes(account: ProviderAccount, messages: list[Message]) -> float:
    """Seconds of the product's own lanes with rows that are claimed already and never settled."""
    provider = provider_of(account.kind)
    plan = dispatch.plan_for(account, provider)
    now = clock.now()
    claimed = sql.claim(
        account=account.pk, ads=False, limit=len(messages), now=now, until=now, soonest=now
    )
    began = time.perf_counter()
    with Burst() as burst:
        outing = dispatch.Outing(burst, links.Addresses(), until=0.0)
        under_way: deque[dispatch.Lane] = deque()
        while claimed or under_way:
            while claimed and len(under_way) < plan.lanes:
                batch, claimed = claimed[: plan.limit], claimed[plan.limit :]
                under_way.append(dispatch.start_lane(account, provider, batch, outing, plan))
            dispatch.judged(provider, under_way.popleft())
    return time.perf_counter() - began


def _floor(account: ProviderAccount, template: Template, messages: list[Message]) -> float:
    """Seconds a client takes that renders and sends, and remembers nothing."""
    provider = Zalo()
    addresses = links.Addresses()
    phone = messages[0].contact_point.value
    params = template.params.split(",")
    began = time.perf_counter()
    batch = []
    for each in messages:
        url = addresses.of(secrets.token_bytes(links.NONCE_BYTES))
        values = {**each.values, LINK: url}
        wanted = {name: values.get(name, "") for name in params}
        text = texts.with_link(each.text, url)
        batch.append(
            provider.request(
                account, Sending(each.uid, phone, "phone", template.provider_id, wanted, text)
            )
        )
    with Burst() as burst:
        outcomes = burst.send(batch, in_flight=UNDER_WAY)
    seconds = time.perf_counter() - began
    taken = sum(isinstance(each, Reply) and b'"error": 0' in each.body for each in outcomes)
    assert taken == len(messages), f"{taken} of {len(messages)} were accepted"
    return seconds
