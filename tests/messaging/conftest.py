"""Fixtures: the local gateway as a process of its own, and somebody who hears its receipts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.messaging.gateway_server import GatewayServer, Listener
from tests.messaging.outposts import outpost, wire

__all__ = ["outpost", "wire"]  # of the product's side: tests/messaging/outposts.py


@pytest.fixture(scope="module")
def gateway_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    with GatewayServer(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture
def gateway(gateway_process: GatewayServer) -> GatewayServer:
    """An empty gateway with one Official Account, one eSMS account and one template."""
    gateway_process.fresh()
    return gateway_process


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as heard:
        yield heard
