"""Twilio: SMS to numbers abroad, once the clinic has recorded why data may leave Viet Nam."""

from messaging.providers.twilio.client import Twilio

PROVIDER = Twilio()
