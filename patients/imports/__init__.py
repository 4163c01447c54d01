"""Bringing in records from other programs (docs/imports/README.md)."""
