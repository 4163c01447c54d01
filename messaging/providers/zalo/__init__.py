"""Zalo: template messages by phone number, tokens, webhooks."""
