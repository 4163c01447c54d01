from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clinics.public import alerts, due
        from messaging import (
            alerting,
            checks,  # noqa: F401 (they register)
            dispatch,
            handlers,  # noqa: F401 (they register)
            outbox,
            receipts,
            replies,
            tending,
        )

        alerts.register(alerting.SOURCE)
        due.register("account", tending.tend_due, tending.next_due)
        due.register("outbox", dispatch.deliver_due, outbox.next_due)
        due.register("inbound", receipts.understand_due, receipts.next_due)
        due.register("talks", replies.send_due, replies.next_due)
