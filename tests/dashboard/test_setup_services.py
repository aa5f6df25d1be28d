"""Services: copies, several at once, order, what is named before it is done, the preview, and the audit log."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from daybook.core import audit
from scheduling.models import AvailabilityRule, Category, Service
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]


@pytest.fixture
def owner(studio: Studio, client_for: NewClient) -> Any:
    return studio.client(client_for)


def undo_of(page: str) -> str:
    found = re.search(r'data-toast="([^"]+)"', page)
    assert found
    return html.unescape(found.group(1))


def test_a_copy_has_everything_and_is_off(studio: Studio, owner: Any) -> None:
    Service.objects.filter(pk=studio.massage.pk).update(buffer_after_minutes=15, capacity=3, visibility="link")
    studio.massage.links.filter(provider=studio.ana).update(price=8000, duration_minutes=75)
    make.make_rule(None, 1, "10:00", "12:00", service=studio.massage)
    make.make_service(studio.business, "Last one")
    answer = owner.post(f"/dashboard/services/{studio.massage.pk}/copy")
    made = Service.objects.get(name="Deep tissue massage (copy)")
    assert answer.headers["Location"] == f"/dashboard/services/{made.pk}/"
    assert (made.active, made.buffer_after_minutes, made.capacity, made.visibility) == (False, 15, 3, "link")
    assert made.slug != studio.massage.slug
    own = made.links.get(provider=studio.ana)
    assert (own.price, own.duration_minutes) == (8000, 75)
    assert AvailabilityRule.objects.filter(service=made).count() == 1
    names = list(Service.objects.order_by("position").values_list("name", flat=True))
    assert names == ["Deep tissue massage", "Deep tissue massage (copy)", "Last one"]
    page = owner.get(answer.headers["Location"]).content.decode()
    assert "Switched off: it takes no bookings." in page
    owner.post(undo_of(page))
    assert not Service.objects.filter(pk=made.pk).exists()


def test_switching_off_names_what_stays(studio: Studio, owner: Any) -> None:
    studio.book("13:00")
    studio.book("15:00", provider=studio.marco)
    assert "2 appointments ahead" in owner.get("/dashboard/services/").content.decode()
    page = owner.post(f"/dashboard/services/{studio.massage.pk}/switch", {"active": "0"}, follow=True).content.decode()
    assert "no new bookings. 2 appointments stay." in page


def test_several_are_moved_and_switched_at_once_and_put_back(studio: Studio, owner: Any) -> None:
    heading = Category.objects.create(name="Massage")
    other = make.make_service(studio.business, "Reiki", providers=[studio.ana])
    both = {"service": [str(studio.massage.pk), str(other.pk)]}
    page = owner.post(
        "/dashboard/services/change", {**both, "do": "move", "category": str(heading.pk)}, follow=True
    ).content.decode()
    assert "2 services changed." in page
    assert set(Service.objects.values_list("category", flat=True)) == {heading.pk}
    owner.post(undo_of(page))
    assert set(Service.objects.values_list("category", flat=True)) == {None}
    owner.post("/dashboard/services/change", {"service": str(other.pk), "do": "off"})
    assert list(Service.objects.filter(active=False)) == [other]
    assert (
        "Choose at least one" in owner.post("/dashboard/services/change", {"do": "off"}, follow=True).content.decode()
    )
    assert owner.post("/dashboard/services/change", {**both, "do": "burn"}).status_code == 404
    unknown = {**both, "do": "move", "category": "7a3d3a3c-0000-4000-8000-000000000000"}
    assert owner.post("/dashboard/services/change", unknown).status_code == 404
    assert owner.post("/dashboard/services/restore?kept=forged").status_code == 404


def test_services_and_headings_are_dragged_into_order_and_back(studio: Studio, owner: Any) -> None:
    names = ["Second", "Third"]
    rows = [studio.massage, *(make.make_service(studio.business, name, providers=[studio.ana]) for name in names)]

    def order() -> list[str]:
        return [service.name for service in Service.objects.order_by("position")]

    dragged = owner.post(f"/dashboard/services/{rows[2].pk}/move", {"place": "0"}, headers={"HX-Request": "true"})
    assert order() == ["Third", "Deep tissue massage", "Second"]
    undo = re.search(r'"undo": "([^"]+)"', dragged.headers["HX-Trigger"])
    assert undo
    owner.post(undo.group(1), headers={"HX-Request": "true"})
    assert order() == ["Deep tissue massage", "Second", "Third"]
    headings = [Category.objects.create(name=name, position=n) for n, name in enumerate(["A", "B"])]
    owner.post(f"/dashboard/services/categories/{headings[1].pk}/move", {"to": "up"})
    assert [c.name for c in Category.objects.order_by("position")] == ["B", "A"]
    assert owner.post(f"/dashboard/services/{rows[0].pk}/move", {"place": "999999999999"}).status_code == 303


def test_the_preview_is_the_page_in_either_look_and_harmless(studio: Studio, owner: Any) -> None:
    typed = {
        "name": "<script>alert(1)</script>", "description": "First line\nSecond line", "duration_minutes": "45",
        "price": "80", "location": "video", "location_detail": "https://meet.test/secret", "preview_theme": "dark",
        f"gives-{studio.ana.pk}": "on", f"gives-{studio.marco.pk}": "on", "requires_approval": "on", "capacity": "1",
    }  # fmt: skip
    answer = owner.post("/dashboard/services/preview", typed).content.decode()
    assert "<script" not in answer
    page = html.unescape(answer[answer.index('srcdoc="') : answer.index('"></iframe>')])
    assert 'data-theme="dark"' in page
    assert "<script" not in page
    assert all(words in page for words in ("Second line", "45 min", "Ana Duarte", "Marco Vitale", "Video link"))
    assert "The business confirms each request" in page
    assert "meet.test" not in page


def test_every_change_of_services_leaves_a_line(studio: Studio, owner: Any) -> None:
    heading = Category.objects.create(name="Massage")
    page = f"/dashboard/services/categories/{heading.pk}"
    owner.post(page, {f"{heading.pk}-name": "Bodywork"})
    owner.post(page, {"delete": "1"})
    owner.post(f"/dashboard/services/{studio.massage.pk}/switch", {"active": "0"})
    unused = make.make_service(studio.business, "Unused")
    owner.post(f"/dashboard/services/{unused.pk}/delete")
    found = list(audit.entries(studio.business.pk)[:4])
    assert [entry.action for entry in found] == [
        "service.deleted", "service.switched_off", "category.deleted", "category.renamed",
    ]  # fmt: skip
    assert (found[1].before, found[1].after) == ({"active": True}, {"active": False})
    assert (found[3].before, found[3].after) == ({"name": "Massage"}, {"name": "Bodywork"})
    assert found[0].before["name"] == "Unused"
    assert found[0].actor_name == "Owner"


def test_front_desk_and_providers_change_nothing_here(studio: Studio, client_for: NewClient) -> None:
    for role in ("front_desk", "provider"):
        browser = studio.client(client_for, role, provider=studio.ana if role == "provider" else None)
        assert browser.post(f"/dashboard/services/{studio.massage.pk}/copy").status_code == 403
        assert (
            browser.post("/dashboard/services/change", {"service": str(studio.massage.pk), "do": "off"}).status_code
            == 403
        )
    assert Service.objects.count() == 1


def test_the_list_asks_as_often_for_one_as_for_thirty(studio: Studio, owner: Any) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get("/dashboard/services/").status_code == 200
        return len(queries)

    first = count()
    for number in range(29):
        category = Category.objects.create(name=f"Heading {number}")
        made = make.make_service(studio.business, f"Service {number}", providers=[studio.ana, studio.marco])
        Service.objects.filter(pk=made.pk).update(category=category)
    assert (first, count()) == (14, 14)
