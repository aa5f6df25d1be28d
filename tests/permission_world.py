"""Twins and their visitors: acme and zen with the same things under the same ids, told apart only by canary words."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection as django_connection
from django.db.models import Model
from django_tenants.utils import tenant_context

from billing.models import Concern, Payment, Refund, SavedCard
from calendarsync.models import Attention, Calendar, Connection, Subscription
from daybook.core import media, theme
from daybook.core.crypto import digest
from scheduling.domain.wishes import Wanted
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    Category,
    Client,
    ClientFile,
    ClientImport,
    Consent,
    DateOverride,
    Provider,
    Series,
    Service,
    WaitlistEntry,
)
from scheduling.services import bookings, tokens, waitlist, waitlist_offers
from scheduling.services.clients import clean_details
from scheduling.services.placing import Wish
from scheduling.services.reminders import unsubscribe_url
from scheduling.services.waitlist import Request
from tenants.enums import AccountEnd, Role
from tenants.models import Business, DataExport, Domain, DomainKind, ExportState, Membership, StripeAccount
from tenants.services import keys, members
from tests.billing.money import make_payment, make_refund
from tests.billing.prices_world import PRICED, make_priced
from tests.conftest import HostClient
from tests.factories import (
    CLIENT,
    NOW,
    make_appointment,
    make_block,
    make_member,
    make_provider,
    make_rule,
    make_service,
    sign_in,
)
from tests.scheduling.clients_world import hang_on
from tests.scheduling.race_world import FIRST, World

connection: Any = django_connection  # django-tenants' methods have no types
ROLES = (Role.OWNER, Role.MANAGER, Role.PROVIDER, Role.FRONT_DESK)


@dataclass
class Twin:
    """One business with everything that addresses name; `ids` are the values of their parameters."""

    business: Business
    canary: str
    ids: dict[str, str] = field(default_factory=dict)
    people: dict[str, Membership] = field(default_factory=dict)
    read_key: str = ""
    write_key: str = ""

    @property
    def host(self) -> str:
        return f"{self.business.slug}.localhost"

    def member(self, role: str) -> HostClient:
        """A browser in which this member is signed in on this business's host."""
        with tenant_context(self.business):
            client: HostClient = sign_in(HostClient(self.host), self.people[role])
        return client

    def with_key(self, key: str) -> HostClient:
        return HostClient(self.host, HTTP_AUTHORIZATION=f"Bearer {key}")


def furnish(business: Business, canary: str) -> Twin:
    """Put one of everything into the business; every text in it carries the canary."""
    twin = Twin(business, canary)
    with tenant_context(business):
        business.name, business.timezone, business.tagline = f"{canary} Studio", "America/New_York", f"{canary} tagline"
        business.save()
        provider = make_provider(business, f"{canary} Provider")
        category = Category.objects.create(name=f"{canary} Category")
        service = make_service(business, f"{canary} Service", providers=[provider], description=f"{canary} words")
        Service.objects.filter(pk=service.pk).update(category=category, max_advance_days=700)
        service.refresh_from_db()
        for weekday in range(7):
            make_rule(provider, weekday)
        override = make_block(provider, "2027-06-20")
        booked = make_appointment(
            business, service, provider, FIRST, name=f"{canary} Client", email=f"{canary}@example.test".lower()
        )
        series = Series.objects.create(created_at=NOW, created_by=f"{canary} Staff")
        texts = {"notes": f"{canary} notes", "staff_notes": f"{canary} secret"}
        Appointment.objects.filter(pk=booked.pk).update(series=series, **texts)
        here = World(business, service, [provider])
        wish = Wish(service, FIRST + timedelta(hours=2), provider.pk)
        held = bookings.hold(business=business, wish=wish, terms=here.terms, now=NOW, by=CLIENT)
        twin.ids = {
            **_waiting(business, service, canary),
            "provider_id": str(provider.pk),
            "service_id": str(service.pk),
            "category_id": str(category.pk),
            "override_id": str(override.pk),
            "appointment_id": str(booked.pk),
            "series_id": str(series.pk),
            "subscription_id": str(_subscription(provider, canary).pk),
            **_connection(provider, booked, canary),
            "answer": "revert",
            "vendor": "google",
            "client_id": str(booked.client_id),
            "reminders_token": unsubscribe_url(business, UUID(str(booked.client_id))).partition("?t=")[2],
            "service": service.slug,
            "reference": booked.reference,
            "token": tokens.manage_token(business.pk, booked),
            "hold_token": tokens.hold_token(business.pk, held),
            "digest": theme.digest(business.brand_color),
            "step": "opened",
            "what": "link",
            "batch": "00000000-0000-4000-8000-000000000000",
            "slug": business.slug,
        }
        twin.ids |= hang_on(booked.client_id, canary)
        twin.ids |= _money(booked)
        twin.ids |= make_priced(business, canary)
        _people(twin, provider)
    return twin


def _waiting(business: Business, service: Service, canary: str) -> dict[str, str]:
    waiter = waitlist.join(
        business=business, request=Request(service, None, Wanted(FIRST.date(), FIRST.date())), now=NOW, by=CLIENT,
        client=clean_details(name=f"{canary} Waiter", email=f"waiter.{canary}@example.test".lower()),
    )  # fmt: skip
    offered = waitlist_offers.offer_by_staff(
        business=business, entry=waiter, start=FIRST + timedelta(hours=4), provider_id=None, now=NOW, by=CLIENT
    )
    token = waitlist.entry_token(business.pk, waiter)
    return {"entry_id": str(waiter.pk), "offer_id": str(offered.pk), "entry_token": token}


def _money(booked: Appointment) -> dict[str, str]:
    payment = make_payment(booked, 10000)
    refund = make_refund(payment, 500, "failed")
    card = SavedCard.objects.create(
        client_id=str(booked.client_id),
        account_id="acct_1",
        customer_id="cus_1",
        payment_method_id="pm_1",
        created_at=NOW,
    )
    concern = Concern.objects.create(kind="cash_to_return", dedupe_key="one", opened_at=NOW)
    return {
        "payment_id": str(payment.pk),
        "refund_id": str(refund.pk),
        "card_id": str(card.pk),
        "concern_id": str(concern.pk),
    }


def _subscription(provider: Provider, canary: str) -> Subscription:
    return Subscription.objects.create(
        provider_id=provider.pk, name=f"{canary} Calendar", url="https://calendar.example/a.ics",
        host=f"{canary}.example".lower(), made_at=NOW, next_at=NOW,
    )  # fmt: skip


def _connection(provider: Provider, booked: Appointment, canary: str) -> dict[str, str]:
    """A connected account with a calendar, and something to be answered."""
    account = Connection.objects.create(
        provider_id=provider.pk, account=f"{canary}@gmail.example", state="active", connected_at=NOW, refresh_token="t"
    )
    Calendar.objects.create(connection=account, external_id=f"{canary}@gmail.example", name=f"{canary} Google")
    asked = Attention.objects.create(connection=account, block_id=booked.block_id, found="overlap", found_at=NOW)
    return {"connection_id": str(account.pk), "attention_id": str(asked.pk)}


def _people(twin: Twin, provider: Provider) -> None:
    business = twin.business
    for role in ROLES:
        twin.people[role] = make_member(business, role, provider=provider if role == Role.PROVIDER else None)
    helper = make_member(business, Role.FRONT_DESK, email=f"helper@{business.slug}.test")
    owner = twin.people[Role.OWNER]
    invited, token = members.invite(
        business=business, email=f"invited@{business.slug}.test", role=Role.MANAGER, by=owner
    )
    key, twin.write_key = keys.make_secret(business=business, name=f"{twin.canary} key", by=None)
    _, twin.read_key = keys.make_secret(business=business, name="Read", by=None, scopes=["read"])
    own = Domain.objects.create(domain=f"{twin.canary.lower()}.example.com", tenant=business, kind=DomainKind.CUSTOM)
    kept = media.save(business.schema_name, "export", f"{twin.canary} copy".encode(), ".zip")
    export = DataExport.objects.create(business=business, state=ExportState.DONE, file=kept, size=9)
    twin.ids |= {"member_id": str(helper.pk), "invitation_id": str(invited.pk), "key_id": str(key.pk)}
    twin.ids |= {"account_id": _payment_accounts(business)}
    twin.ids |= {"invitation_token": token, "domain_id": str(own.pk), "export_id": str(export.pk)}


def _payment_accounts(business: Business) -> str:
    """One account that is used and one that was; the id of the latter."""
    made: dict[str, Any] = {"business": business, "key": "k", "created_at": NOW}
    StripeAccount.objects.create(account_id=f"acct_{business.slug}_now", **made)
    ended = {"current": False, "ended": AccountEnd.DISCONNECTED, "ended_at": NOW}
    return str(StripeAccount.objects.create(account_id=f"acct_{business.slug}_then", **made, **ended).pk)


def copy(of: Twin, to: Business, canary: str) -> Twin:
    """The same rows under the same primary keys in another business, with its canary instead."""
    twin = Twin(to, canary, dict(of.ids))
    tables = [
        model._meta.db_table
        for name in ("scheduling", "billing", "calendarsync")
        for model in apps.get_app_config(name).get_models()
    ]
    with connection.cursor() as cursor:
        cursor.execute("set constraints all deferred")
        for table in tables:
            cursor.execute(f'delete from "{to.schema_name}"."{table}" where true')
        for table in tables:
            columns = _columns(of.business.schema_name, table)
            source = f'"{of.business.schema_name}"."{table}"'
            cursor.execute(f'insert into "{to.schema_name}"."{table}" ({columns}) select {columns} from {source}')
    with tenant_context(to):
        to.name, to.timezone, to.tagline = f"{canary} Studio", "America/New_York", f"{canary} tagline"
        to.save()
        _rename(of.canary, canary)
        for appointment in Appointment.objects.all():
            tokens.stamp(to.pk, appointment)
            appointment.save()
            if appointment.source == "waitlist":
                continue
            kind = "token" if appointment.status == "confirmed" else "hold_token"
            make = tokens.manage_token if kind == "token" else tokens.hold_token
            twin.ids[kind] = make(to.pk, appointment)
        waiter = WaitlistEntry.objects.get()
        twin.ids["entry_token"] = waitlist.entry_token(to.pk, waiter)
        WaitlistEntry.objects.update(token_digest=digest(twin.ids["entry_token"]))
        twin.ids["reminders_token"] = unsubscribe_url(to, UUID(twin.ids["client_id"])).partition("?t=")[2]
        twin.ids |= {"service": Service.objects.get().slug, "slug": to.slug}
        _people(twin, Provider.objects.get(pk=twin.ids["provider_id"]))
    return twin


def _columns(schema: str, table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "select string_agg(quote_ident(column_name), ', ' order by ordinal_position)"
            " from information_schema.columns where table_schema = %s and table_name = %s",
            [schema, table],
        )
        (names,) = cursor.fetchone()
    return str(names)


def _rename(old: str, new: str) -> None:
    """Other words in every text of the rows."""
    texts: tuple[type[Model], ...] = (Provider, Category, Service, Client, ClientFile, ClientImport, Consent, Series, Appointment, WaitlistEntry,
             Subscription, Connection, Calendar, *PRICED)  # fmt: skip
    for model in texts:
        for row in model._default_manager.all():
            for column in row._meta.concrete_fields:
                value = getattr(row, column.attname)
                if isinstance(value, str) and old.lower() in value.lower():
                    setattr(row, column.attname, value.replace(old, new).replace(old.lower(), new.lower()))
            row.save()


def others(zen: Twin, acme: Twin) -> dict[str, str]:
    """The ids of acme's things after zen has lost its own, and thus has none with these ids."""
    with tenant_context(zen.business):
        for money in (Concern, Refund, Payment, SavedCard):
            money._default_manager.all().delete()
        AppointmentEvent.objects.all().delete()
        Appointment.objects.all().delete()
        for model in (Connection, DateOverride, Client, ClientImport, Service, Category):
            model._default_manager.all().delete()
        Provider.objects.filter(pk=acme.ids["provider_id"]).delete()
        for priced in PRICED:
            priced._default_manager.all().delete()
    return acme.ids
