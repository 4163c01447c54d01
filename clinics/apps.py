from django.apps import AppConfig


class ClinicsConfig(AppConfig):
    name = "clinics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clinics import alert_letters, due, sealing

        due.register("alert", alert_letters.work_off, alert_letters.next_due)
        due.register("audit", sealing.seal_due, sealing.next_due)
