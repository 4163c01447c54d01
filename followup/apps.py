from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "followup"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clinics.public import due
        from followup import gate, handlers, lapsed, samples, unsigned  # noqa: F401  (handlers hear news)

        due.register("contact", gate.decide_due, gate.next_due)
        due.register("task", unsigned.work_off, unsigned.next_due)
        due.register("lapsed", lapsed.look, lapsed.next_due)
