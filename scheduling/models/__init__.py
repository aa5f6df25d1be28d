"""Tables of a business's own schema. No foreign key leaves it."""

from scheduling.models.appointments import Appointment, AppointmentEvent, Message, Series, Unit
from scheduling.models.clients import Client, ClientFile, ClientImport, Consent, ImportState
from scheduling.models.hours import AvailabilityRule, BusyTime, DateOverride
from scheduling.models.offer import Category, Provider, Service, ServiceProvider
from scheduling.models.waitlist import OfferState, WaitlistEntry, WaitlistOffer, WaitState

__all__ = (
    "Appointment",
    "AppointmentEvent",
    "AvailabilityRule",
    "BusyTime",
    "Category",
    "Client",
    "ClientFile",
    "ClientImport",
    "Consent",
    "DateOverride",
    "ImportState",
    "Message",
    "OfferState",
    "Provider",
    "Series",
    "Service",
    "ServiceProvider",
    "Unit",
    "WaitState",
    "WaitlistEntry",
    "WaitlistOffer",
)
