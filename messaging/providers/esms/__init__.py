"""eSMS: customer-care SMS under the clinic's brand name."""

from messaging.providers.esms.client import Esms

PROVIDER = Esms()
