"""Measurements of this app (docs/benchmarks.md)."""
