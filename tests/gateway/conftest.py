"""Fixtures: the local gateway as a process of its own, and somebody who hears its webhooks."""

from __future__ import annotations

from tests.messaging.conftest import gateway, gateway_process, listener

__all__ = ["gateway", "gateway_process", "listener"]
