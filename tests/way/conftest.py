"""The stage of the whole way."""

from tests.way.stage import stage

__all__ = ["stage"]
