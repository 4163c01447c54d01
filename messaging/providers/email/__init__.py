"""E-mail by the clinic's own mail server: letters, refusals at the door, and what comes back."""

from messaging.providers.email.client import Email

PROVIDER = Email()
