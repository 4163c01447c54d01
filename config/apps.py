"""What must happen once all apps are loaded."""

from django.apps import AppConfig


class HouseConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from django.core.management.commands.makemigrations import Command
        from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand

        import config.celery  # noqa: F401  (shared_task finds its app)

        # django-tenants 4.0.1 names Django's own autodetector, pghistory replaces it: Django's
        # check commands.E001 demands that both be the same one.
        MigrateSchemasCommand.autodetector = Command.autodetector
