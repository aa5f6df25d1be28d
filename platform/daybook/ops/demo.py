"""The demo businesses as descriptions: a massage studio in Portland, Maine, and a small yoga studio in Berlin."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from daybook.ops import demo_people
from daybook.ops.demo_people import email_of, phone_of
from daybook.ops.demo_week import WEEK
from daybook.ops.descriptions import AppointmentPart, BusyPart, ClientPart, Description, OverridePart

PASSWORD = "daybook-demo"
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")

CLASS_MATES = ("Ruth Adeyemi", "Maya Singh", "Iris Novak")
WEEKS = range(-4, 2)
"""Which are filled, counted from the present one: the four before are what the charts show."""
SHARED = {
    "Nadia Okafor": "Please keep the left shoulder warm in the evening. Next time we look at the neck.",
    "Rafael Costa": "Calves are much softer. No hard runs for two days.",
    "Clara Jensen": "Ten minutes of the stretches that we tried, each morning.",
}
"""What is written for clients to read, once their appointment is over."""


def harbor_pine(now: datetime) -> Description:
    """Harbor & Pine with six weeks around `now`: the last four, this one and the next."""
    today = now.astimezone(NEW_YORK).date()
    monday = today - timedelta(days=today.weekday())
    return Description.model_validate(
        {
            "slug": "harbor-pine", "name": "Harbor & Pine", "timezone": "America/New_York", "currency": "usd",
            "country": "US", "stripe": True,
            "settings": {
                "tagline": "Massage for people who stand all day",
                "intro": "A small studio above the old port. Three therapists, quiet rooms, no rush.",
                "address": "14 Wharf Street, Portland, ME 04101", "email": "hello@harbor-pine.test",
                "phone": "+12075550142", "brand_color": "#0f5c4c",
                "policy_text": "Please come five minutes early. If you are ill, stay at home and tell us.",
            },
            "members": [
                {"email": "rosa@harbor-pine.test", "password": PASSWORD, "role": "owner", "name": "Rosa Marín"},
                {"email": "desk@harbor-pine.test", "password": PASSWORD, "role": "front_desk", "name": "Jo Field"},
                {"email": "ana@harbor-pine.test", "password": PASSWORD, "role": "provider", "name": "Ana Duarte",
                 "provider": "ana"},
            ],
            "providers": [
                {"key": "ana", "name": "Ana Duarte", "title": "Massage therapist", "hue": "teal",
                 "bio": "Twelve years of deep tissue work."},
                {"key": "marco", "name": "Marco Vitale", "title": "Sports therapist", "hue": "orange",
                 "bio": "Works with runners and rowers."},
                {"key": "lena", "name": "Lena Fischer", "title": "Massage therapist", "hue": "violet",
                 "bio": "Prenatal massage and gentle classes."},
            ],
            "services": _studio_services(),
            "rules": _studio_rules(),
            "overrides": _studio_overrides(monday),
            "busy": [_busy("ana", monday + timedelta(days=3), "17:00", "18:00", "Dentist")],
            "policies": [
                {"hours_before_start": 24, "fee_percentage": 0},
                {"hours_before_start": 0, "fee_percentage": 50},
            ],
            "appointments": _studio_appointments(monday, now),
            "series": demo_people.series(today, NEW_YORK),
            "clients": demo_people.clients(now),
            "waitlist": demo_people.waitlist(today, monday),
        }
    )  # fmt: skip


def _studio_services() -> list[dict[str, Any]]:
    massage, more = {"category": "Massage"}, {"category": "Special"}
    return [
        {**massage, "key": "deep", "name": "Deep tissue massage", "price": 9500, "buffer_after_minutes": 15, "hue": "teal",
         "description": "Slow, firm work on the layers that stay tight: neck, shoulders, lower back.",
         "providers": ["ana", "marco", "lena"]},
        {**massage, "key": "swedish", "name": "Swedish massage", "price": 8500, "buffer_after_minutes": 15, "hue": "blue",
         "description": "Long, even strokes that let the whole body settle.", "providers": ["ana", "lena"],
         "payment_modes": ["full", "pay_in_person"]},
        {**massage, "key": "sports", "name": "Sports recovery", "duration_minutes": 60, "price": 9000,
         "buffer_after_minutes": 15, "hue": "orange", "description": "Before a race or after it.",
         "providers": ["marco"], "payment_modes": ["deposit", "pay_in_person"], "deposit": {"type": "percent", "value": 30}},
        {**more, "key": "stone", "name": "Hot stone, 90 minutes", "duration_minutes": 90, "price": 14000, "hue": "gold",
         "buffer_before_minutes": 10, "buffer_after_minutes": 15, "requires_approval": True, "min_notice_minutes": 240,
         "description": "Warm basalt stones. We heat them for you, so we confirm each request.",
         "providers": [{"key": "ana", "price": 15000}]},
        {**more, "key": "prenatal", "name": "Prenatal massage", "price": 9500, "buffer_after_minutes": 15, "hue": "pink",
         "description": "On your side, with plenty of cushions.", "providers": ["lena"],
         "payment_modes": ["deposit", "card_on_file"], "deposit": {"type": "fixed", "value": 2500}},
        {**more, "key": "stretch", "name": "Stretch class", "duration_minutes": 45, "price": 2200, "capacity": 8,
         "hue": "green", "step_minutes": 60, "description": "Eight mats, forty-five minutes, all levels.",
         "providers": ["lena"]},
    ]  # fmt: skip


def _studio_rules() -> list[dict[str, Any]]:
    rules = [
        {"provider": provider, "weekday": weekday, "start": start, "end": end}
        for provider, start, end in (("ana", "08:30", "17:30"), ("marco", "08:30", "18:00"), ("lena", "09:30", "18:00"))
        for weekday in range(1, 6)
    ]
    rules += [{"provider": who, "weekday": 6, "start": "10:00", "end": "14:00"} for who in ("ana", "marco")]
    rules += [{"service": "stretch", "weekday": weekday, "start": "12:00", "end": "13:00"} for weekday in (2, 4)]
    return rules


def _studio_overrides(monday: date) -> list[OverridePart]:
    def on(days: int) -> date:
        return monday + timedelta(days=days)

    return [
        OverridePart(provider="lena", date=on(14), end_date=on(18), note="Holiday"),
        OverridePart(provider="marco", date=on(11), end_date=on(12), note="Race weekend"),
        OverridePart(provider="ana", date=on(2), start="12:00", end="12:45", note="Lunch with Rosa"),
        OverridePart(kind="exception", provider="marco", date=on(8), start="12:00", end="20:00", note="Late evening"),
        OverridePart(date=on(24), note="Closed for the inventory"),
    ]


def _studio_appointments(monday: date, now: datetime) -> list[AppointmentPart]:
    made = []
    for week in WEEKS:
        for weekday, rows in WEEK.items():
            day = monday + timedelta(weeks=week, days=weekday)
            kept = [(place, row) for place, row in enumerate(rows) if _takes_place(week, weekday, place, row[0])]
            made += [_appointment(f"{week}{place}", day, row, now) for place, row in kept]
    for days in (1, 3, 8):
        day = monday + timedelta(days=days)
        mates = [("lena", "12:00", "stretch", name, "", "online") for name in CLASS_MATES]
        made += [_appointment(f"class{place}", day, row, now) for place, row in enumerate(mates)]
    return made


def _takes_place(week: int, weekday: int, place: int, provider: str) -> bool:
    """Some older weeks were quieter; and Marco is off at the end of the next one."""
    if week < -1:
        return (5 * week + 3 * weekday + place) % 4 != 0
    return not (week == 1 and weekday in (4, 5) and provider == "marco")


def _appointment(key: str, day: date, row: tuple[str, str, str, str, str, str], now: datetime) -> AppointmentPart:
    provider, clock, service, name, wanted, source = row
    start = datetime.combine(day, time.fromisoformat(clock), NEW_YORK).astimezone(UTC)
    status = _status(wanted, start, now)
    return AppointmentPart(
        key=f"{day}-{key}-{provider}",
        service=service,
        provider=provider,
        start=start,
        status=status,
        source=source,
        client=ClientPart(name=name, email=email_of(name), phone=phone_of(name)),
        notes="Left shoulder, please." if name == "Nadia Okafor" else "",
        shared_notes=SHARED.get(name, "") if status == "completed" else "",
    )


def _status(wanted: str, start: datetime, now: datetime) -> str:
    """What the plan says, as far as it can be true at `now`."""
    over = start + timedelta(hours=1) <= now
    if wanted == "pending":
        return "completed" if over else "pending_approval"
    if wanted == "no_show":
        return "no_show" if over else "confirmed"
    return wanted or ("completed" if over else "confirmed")


def _busy(provider: str, day: date, start: str, end: str, title: str) -> BusyPart:
    def at(clock: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(clock), NEW_YORK)

    return BusyPart(provider=provider, start=at(start), end=at(end), title=title)


def zen_yoga(now: datetime) -> Description:
    """Zen Yoga: another zone and currency, for seeing both side by side."""
    tomorrow = now.astimezone(BERLIN).date() + timedelta(days=1)
    start = datetime.combine(tomorrow, time(18), BERLIN)
    return Description.model_validate(
        {
            "slug": "zen-yoga", "name": "Zen Yoga", "timezone": "Europe/Berlin", "currency": "eur", "country": "DE",
            "settings": {"tagline": "Yoga in Kreuzberg", "brand_color": "#7c3aed", "address": "Oranienstr. 7, Berlin"},
            "members": [{"email": "mira@zen-yoga.test", "password": PASSWORD, "role": "owner", "name": "Mira Sommer"}],
            "providers": [{"key": "mira", "name": "Mira Sommer", "hue": "violet"}],
            "services": [
                {"key": "flow", "name": "Evening flow", "duration_minutes": 75, "price": 1800, "capacity": 12,
                 "hue": "violet", "step_minutes": 30},
                {"key": "private", "name": "Private lesson", "price": 7500, "buffer_after_minutes": 15, "hue": "blue"},
            ],
            "rules": [
                {"provider": "mira", "weekday": weekday, "start": "10:00", "end": "20:00"} for weekday in range(7)
            ],
            "appointments": [
                {"key": f"flow{place}", "service": "flow", "provider": "mira", "start": start,
                 "client": {"name": name, "email": email_of(name)}}
                for place, name in enumerate(("Jana Weber", "Timo Krause"))
            ],
        }
    )  # fmt: skip
