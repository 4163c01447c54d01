from django.apps import AppConfig


class KpiConfig(AppConfig):
    name = "kpi"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clinics.public import due
        from kpi import refresh

        due.register("kpi", refresh.refresh_due, refresh.next_due)
