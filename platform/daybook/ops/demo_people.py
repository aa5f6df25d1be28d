"""The people of the demo's massage studio: what is known about them, who comes each week, and who waits for a time."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from daybook.ops.demo_week import WEEK
from daybook.ops.descriptions import ClientPart, ConsentPart, KnownPart, SeriesPart, WaitPart

HEALTH = "I have told the studio about illnesses, injuries and medicines that matter for a massage."
NEWS = "You may write to me about free times and new classes. I can take this back at any time."
TAGS = {
    "Nadia Okafor": ("regular", "marathon"),
    "Ruth Adeyemi": ("regular", "stretch class"),
    "Maya Singh": ("prenatal", "stretch class"),
    "Iris Novak": ("prenatal",),
    "Sara Lindqvist": ("runner",),
    "Kofi Mensah": ("runner", "gift card"),
    "Paul Reyes": ("regular",),
    "Carol Diaz": ("gift card",),
    "June Carver": ("regular",),
}
NUMBERS = {name: 100 + n for n, name in enumerate(sorted({row[3] for rows in WEEK.values() for row in rows}))}
"""The ends of phone numbers: those up to 0199 are nobody's."""
NOTES = {
    "Maya Singh": "Due in spring. Only on the side, extra cushions.",
    "Kofi Mensah": "Allergic to almond oil: grape seed instead.",
}


def email_of(name: str) -> str:
    """Where a demo client reads mail."""
    plain = name.lower().replace("ø", "o").replace(" ", ".")
    return f"{plain}@example.test"


def phone_of(name: str) -> str:
    """Each one's own number, which nobody has."""
    return f"+12075550{NUMBERS[name]}"


def clients(now: datetime) -> list[KnownPart]:
    """Tags, notes and consents; one who may not book online, and one who is there twice."""
    known = [
        KnownPart(
            name=name, email=email_of(name), phone=phone_of(name), tags=list(tags), notes=NOTES.get(name, ""),
            reminders=name != "Paul Reyes", consents=_consents(place, now),
        )
        for place, (name, tags) in enumerate(TAGS.items())
    ]  # fmt: skip
    return [
        *known,
        KnownPart(
            name="Hugo Martin", email=email_of("Hugo Martin"), tags=["cancels late"],
            blocked="Cancelled five times within the hour.",
        ),
        KnownPart(
            name="Kate Moroz", email="kate@moroz.example.test", phone=phone_of("Kate Moroz"),
        ),
    ]  # fmt: skip


def _consents(place: int, now: datetime) -> list[ConsentPart]:
    given = now - timedelta(days=40 + 9 * place)
    health = ConsentPart(kind="Health questions", version="2026-01", text=HEALTH, given_at=given)
    news = ConsentPart(kind="News by e-mail", version="1", text=NEWS, given_at=given)
    return [health, news] if place % 3 == 0 else [health]


def series(today: date, zone: ZoneInfo) -> list[SeriesPart]:
    """Nadia comes every Thursday before work."""
    thursday = today + timedelta(days=(3 - today.weekday()) % 7 or 7)
    start = datetime.combine(thursday, time(8, 30), zone)
    return [SeriesPart(service="deep", provider="ana", start=start, client=_person("Nadia Okafor"), count=8)]


def waitlist(today: date, monday: date) -> list[WaitPart]:
    """Three who want times that are full, and one whom a free time can be offered."""
    next_week = monday + timedelta(days=7)
    holiday = monday + timedelta(days=14)
    return [
        WaitPart(
            service="deep", provider="ana", client=_person("Sam Whitlock"), first_date=today, weekdays=[6],
            last_date=next_week + timedelta(days=5), notes="Only Saturdays, I work in Boston all week.",
        ),
        WaitPart(
            service="stone", client=_person("Zoe Park"), first_date=today, last_date=next_week + timedelta(days=4),
            weekdays=[5], start="08:30", end="10:00",
        ),
        WaitPart(
            service="prenatal", client=_person("Beth Walsh"), first_date=holiday, last_date=holiday + timedelta(days=4),
            notes="Is anybody there while Lena is away?",
        ),
        WaitPart(
            service="sports", provider="marco", client=_person("Finn Doyle"), first_date=next_week,
            last_date=next_week + timedelta(days=3), start="15:00", end="18:00",
        ),
    ]  # fmt: skip


def _person(name: str) -> ClientPart:
    return ClientPart(name=name, email=email_of(name), phone=phone_of(name))
