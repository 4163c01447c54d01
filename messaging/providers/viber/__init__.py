"""Viber messages under the clinic's name, by eSMS."""

from messaging.providers.viber.client import Viber

PROVIDER = Viber()
