"""A token for scripts: `Authorization: Token …`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import schema_context, schema_exists
from rest_framework.authtoken.models import Token

from clinics import staff
from clinics.models import Staff


class Command(BaseCommand):
    help = "Print the API token of a staff member; it may do what she may do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", metavar="SCHEMA", required=True)
        parser.add_argument("--staff", metavar="NAME", required=True, help="her sign-in name")

    def handle(self, *args: Any, **options: Any) -> None:
        if not schema_exists(options["clinic"]):
            raise CommandError(f"There is no clinic {options['clinic']!r}.")
        with schema_context(options["clinic"]):
            try:
                person = staff.by_username(options["staff"])
            except Staff.DoesNotExist as none:
                raise CommandError(f"Nobody signs in as {options['staff']!r} there.") from none
            token, _ = Token.objects.get_or_create(user=person.user)
        self.stdout.write(token.key)
