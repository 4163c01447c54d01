from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clinics.public import alerts, due
        from messaging import (
            alerting,
            checks,  # noqa: F401 (they register)
            copies,
            dispatch,
            handlers,  # noqa: F401 (they register)
            outbox,
            receipts,
            tending,
        )

        alerts.register(alerting.SOURCE)
        due.register("account", tending.tend_due, tending.next_due)
        due.register("outbox", dispatch.deliver_due, outbox.next_due)
        due.register("inbound", receipts.understand_due, receipts.next_due)
        due.register("talks", copies.work, copies.next_due)
