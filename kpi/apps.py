from django.apps import AppConfig


class KpiConfig(AppConfig):
    name = "kpi"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clinics.public import due
        from kpi import work

        due.register("kpi", work.visit, work.next_due)
