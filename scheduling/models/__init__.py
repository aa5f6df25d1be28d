"""Tables of a business's own schema. No foreign key leaves it."""

from scheduling.models.appointments import Appointment, AppointmentEvent, Message
from scheduling.models.clients import Client
from scheduling.models.hours import AvailabilityRule, BusyTime, DateOverride
from scheduling.models.offer import Category, Provider, Service, ServiceProvider

__all__ = (
    "Appointment",
    "AppointmentEvent",
    "AvailabilityRule",
    "BusyTime",
    "Category",
    "Client",
    "DateOverride",
    "Message",
    "Provider",
    "Service",
    "ServiceProvider",
)
