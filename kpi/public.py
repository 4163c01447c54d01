"""The door of this app, for config alone: nobody else reads numbers."""

from kpi.metrics import METRICS
from kpi.refresh import next_due, recount_all, refresh_due

__all__ = ["METRICS", "next_due", "recount_all", "refresh_due"]
