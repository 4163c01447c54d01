from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clinics.public import due
        from messaging import dispatch, handlers, outbox, receipts, replies  # noqa: F401 (handlers)

        due.register("outbox", dispatch.deliver_due, outbox.next_due)
        due.register("inbound", receipts.understand_due, receipts.next_due)
        due.register("talks", replies.send_due, replies.next_due)
