"""What must happen once all apps are loaded."""

from django.apps import AppConfig


class HouseConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        import config.celery  # noqa: F401  (shared_task finds its app)
