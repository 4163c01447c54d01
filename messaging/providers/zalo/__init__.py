"""Zalo: template messages by phone number, tokens, webhooks."""

from messaging.providers.zalo.client import Zalo

PROVIDER = Zalo()
