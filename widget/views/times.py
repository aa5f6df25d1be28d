"""The month and its times, and taking one of them: a POST holds it and leads on to the details."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page

from billing.selectors.accounts import is_closed
from daybook.core import clock
from daybook.core.errors import DaybookError, Invalid
from daybook.core.http.address import client_address
from daybook.core.idempotency import Replayed
from scheduling.enums import Location
from scheduling.errors import SlotUnavailable, TooManyHolds
from scheduling.selectors import times as engine
from scheduling.selectors.appointments import access_appointment
from widget import selectors, tokens
from widget.services import booking, waiting
from widget.views import choice as choices
from widget.views import month as months
from widget.views import offer, policy, zones
from widget.views.choice import Choice
from widget.views.door import business_of, client_page, finish, key, see_other, submitted

if TYPE_CHECKING:
    from uuid import UUID

    from scheduling.models import Appointment, Service
    from tenants.models import Business

IN_PERSON = (Location.BUSINESS, Location.CLIENT)
PREFETCHED_SECONDS = 10


@gzip_page  # the list of zones is long; Django pads the answer at random, and no token of a client is in it
@client_page(methods=("GET", "HEAD", "POST"), framed=True)
def times(request: HttpRequest, service: str) -> HttpResponse:
    """`/book/<service>/`: everything chosen stands in the query. POST holds a time."""
    business, now = business_of(request), clock.now()
    found = selectors.access_service(business, service)
    choice = choices.read(request, zone=zone_of(business, found))
    if is_closed(business, found):
        return render(
            request, "widget/pay_closed.html", {"service": found}, status=409 if request.method == "POST" else 200
        )
    if request.method == "POST":
        return _hold(request, found, choice, now)
    return _show(request, found, choice, now)


def zone_of(business: Business, service: Service) -> str:
    """The zone in which a service's times are meant."""
    return service.timezone or business.timezone


def picker(
    business: Business, service: Service, choice: Choice, now: datetime, *, moving: Appointment | None = None
) -> dict[str, Any]:
    """What month and times need. `moving`: the appointment whose own time counts as free, with its own provider."""
    today = now.astimezone(ZoneInfo(choice.zone)).date()
    last = today + timedelta(days=service.max_advance_days)
    first, free = _free(business, service, choice, now, today, last, moving)
    return {
        "service": service,
        "choice": choice,
        "month": months.build(
            free, choice, first=first, now=now, last_date=last, country=business.country, capacity=service.capacity
        ),
        "token": tokens.new(business.pk, "move" if moving else "hold"),
        "in_person": service.location in IN_PERSON,
        "business_zone": zone_of(business, service),
        "zones_differ": not zones.same_clock(choice.zone, zone_of(business, service), now),
        "now": now,
        "wait_url": "" if moving or not waiting.is_open(business) else _wait_url(service, choice, first),
    }


def _wait_url(service: Service, choice: Choice, month: date) -> str:
    """Where somebody whom no time suits leaves a wish; what was chosen goes along."""
    chosen = replace(choice, month=month, day=None, start=None)
    return f"/book/{quote(service.slug)}/wait?{urlencode(chosen.query())}"


def page_parts(service: Service, choice: Choice, business: Business, now: datetime) -> dict[str, Any]:
    """What stands around month and times: the zone list and the clocks. Not swapped when a day or month changes."""
    here = zone_of(business, service)
    return {"zone_options": zones.options(choice.zone, [here], now, choice.hours)}


def is_fragment(request: HttpRequest) -> bool:
    """Whether only month and times are asked for, to be swapped in."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


def fragment(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Month and times alone. What is fetched ahead may wait a few seconds for its click; the hold asks again."""
    response = render(request, "widget/_picker.html", context)
    if request.headers.get("HX-Preloaded"):
        response.headers["Cache-Control"] = f"private, max-age={PREFETCHED_SECONDS}"
    return response


def next_times(error: SlotUnavailable, choice: Choice) -> list[dict[str, str]]:
    """Up to three other times, for the page that says that one is gone."""
    starts = [choices.instant(text) for text in error.details.get("next", [])]
    return [
        {"value": months.value(start), "text": f"{offer.day(start, choice.zone)}, {months.clock(start, choice)}"}
        for start in starts
        if start is not None
    ]


def _free(
    business: Business,
    service: Service,
    choice: Choice,
    now: datetime,
    today: date,
    last: date,
    moving: Appointment | None,
) -> tuple[date, engine.Free]:
    """The month to show with its free times: the chosen one, else the first that has any."""
    wanted = (
        choice.month or choice.day or (choice.start.astimezone(ZoneInfo(choice.zone)).date() if choice.start else None)
    )
    first = min(max(wanted or today, today), last).replace(day=1)

    def read(month: date) -> engine.Free:
        begin, end = months.bounds(month)
        return engine.free(
            business, service, now=now, zone=choice.zone, first_date=begin, last_date=end,
            provider_id=moving.provider_id if moving else choice.provider_id,
            moving=moving,
        )  # fmt: skip

    free = read(first)
    if wanted is None and not free.slots and free.next_start is not None:
        first = (
            datetime.fromtimestamp(free.next_start * 60, UTC).astimezone(ZoneInfo(choice.zone)).date().replace(day=1)
        )
        free = read(first)
    return first, free


def _show(
    request: HttpRequest, service: Service, choice: Choice, now: datetime, *, status: int = 200, **extra: Any
) -> HttpResponse:
    business = business_of(request)
    people = offer.people(service)
    gone = choice.provider_id is not None and choice.provider_id not in {person.pk for person in people}
    if gone:
        choice = replace(choice, provider_id=None)
    context = picker(business, service, choice, now) | extra
    if is_fragment(request):
        return fragment(request, context)
    nexts = selectors.next_by_provider(business, service, now=now, timezone=choice.zone) if len(people) > 1 else {}
    context |= page_parts(service, choice, business, now) | offer.steps(service, last=False)
    context |= {
        "facts": offer.facts(business, service, choice.provider_id),
        "people": [(person, offer.next_words(nexts.get(person.pk))) for person in people] if len(people) > 1 else [],
        "provider_gone": gone,
        "policy_words": policy.words(business),
    }
    return render(request, "widget/book.html", context, status=status)


def _hold(request: HttpRequest, service: Service, choice: Choice, now: datetime) -> HttpResponse:
    nonce = submitted(request, "hold")
    start = choices.instant(str(request.POST.get("offer", ""))) or choice.start
    if start is None:
        return _show(request, service, choice, now, status=422, problem=_("Choose a time first."))
    try:
        held = hold(request, service, start, choice.provider_id, choice.zone, now=now, nonce=nonce)
    except SlotUnavailable as error:
        offers = next_times(error, choice)
        return _show(request, service, choice, now, status=409, problem=error.message, offers=offers, taken=start)
    except (TooManyHolds, Invalid) as error:
        return _show(request, service, choice, now, status=error.status, problem=error.message)
    return see_other(details_url(business_of(request), service, held, choice))


def hold(
    request: HttpRequest,
    service: Service,
    start: datetime,
    provider_id: UUID | None,
    zone: str,
    *,
    now: datetime,
    nonce: str,
) -> Appointment:
    """Hold a time for a form; the same form and time sent twice yield the same hold."""
    claimed = key(
        request, "page:hold", f"{nonce}:{months.value(start)}", provider=str(provider_id), service=str(service.pk)
    )
    try:
        claimed.recall()
        return booking.hold(
            business=business_of(request), service=service, provider_id=provider_id, start=start, client_timezone=zone,
            address=client_address(request), now=now, key=claimed, finish=finish(claimed),
        )  # fmt: skip
    except Replayed as again:
        if again.answer.object_id is None:
            raise DaybookError("busy", _("Please try again in a moment.")) from None
        return access_appointment(None, again.answer.object_id)


def details_url(business: Business, service: Service, held: Appointment, choice: Choice) -> str:
    """Where a held time is turned into a booking."""
    query = [("hold", booking.hold_token(business, held))] + ([("h", str(choice.hours))] if choice.chosen_hours else [])
    return f"/book/{quote(service.slug)}/details?{urlencode(query)}"
