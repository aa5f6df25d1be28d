"""Services, categories and providers over the tenant-admin API."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django_tenants.utils import tenant_context
from pytest_django import DjangoAssertNumQueries

from scheduling import schemas
from scheduling.models import Provider, Service
from scheduling.services.offer import make_category
from tenants.models import Business
from tests.factories import make_appointment, make_provider, make_service
from tests.scheduling.staff import Staff, by_key


@pytest.fixture
def staff(business: Business, client_for: Any) -> Staff:
    return by_key(business, client_for("acme"))


def test_service_is_made_with_defaults_and_the_whole_team(staff: Staff) -> None:
    ana = Provider.objects.get()
    answer = staff.post("/services", {"name": "Deep tissue massage", "price": 9500})
    assert answer.status_code == 201
    made = schemas.ServiceRecord.model_validate(answer.json())
    assert (made.slug, made.price, made.currency) == ("deep-tissue-massage", 9500, "usd")
    assert (made.duration_minutes, made.step_minutes, made.payment_modes) == (60, 15, ["pay_in_person"])
    assert [link.id for link in made.providers] == [ana.pk]
    assert staff.get(f"/services/{made.id}").json() == answer.json()


def test_service_is_changed_field_by_field(staff: Staff, business: Business) -> None:
    ana, service = make_provider(business), make_service(business, "Cut", price=5000)
    answer = staff.patch(
        f"/services/{service.pk}",
        {
            "name": "Colour",
            "deposit": {"type": "percent", "value": 30},
            "providers": [{"id": str(ana.pk), "price": 4200, "duration_minutes": 90}],
        },
    )
    body = answer.json()
    assert answer.status_code == 200
    assert (body["name"], body["slug"], body["price"]) == ("Colour", "cut", 5000)
    assert body["deposit"] == {"type": "percent", "value": 30}
    assert body["providers"] == [
        {"id": str(ana.pk), "name": "Ana Duarte", "active": True, "price": 4200, "duration_minutes": 90}
    ]
    assert staff.patch(f"/services/{service.pk}", {"deposit": None}).json()["deposit"] is None


def test_service_slugs_are_unique_and_stay_when_a_service_is_renamed(staff: Staff, business: Business) -> None:
    first, second = make_service(business, "Cut"), make_service(business, "Cut")
    assert (first.slug, second.slug) == ("cut", "cut-2")
    renamed = staff.patch(f"/services/{second.pk}", {"name": "Trim"}).json()
    assert (renamed["name"], renamed["slug"]) == ("Trim", "cut-2")
    assert staff.post("/services", {"name": "日本"}).json()["slug"] == "service"


def test_a_slug_of_ones_own(staff: Staff, business: Business) -> None:
    cut = make_service(business, "Cut")
    made = staff.post("/services", {"name": "Colour", "slug": "dye"}).json()
    path = f"/services/{made['id']}"
    assert made["slug"] == "dye"
    assert staff.patch(path, {"slug": "colour-2"}).json()["slug"] == "colour-2"
    assert staff.patch(path, {"slug": ""}).json()["slug"] == "colour"
    taken = staff.patch(path, {"slug": cut.slug})
    assert (taken.status_code, taken.json()["error"], list(taken.json()["details"]["fields"])) == (
        409, "slug_taken", ["slug"],
    )  # fmt: skip
    for wrong in ("Dye", "a b", "-dye", "dye-", "a--b", "é", "a" * 81, str(cut.pk), "dye\n", "dye/x"):
        assert staff.patch(path, {"slug": wrong}).status_code == 422, wrong
    assert staff.get(path).json()["slug"] == "colour"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 101),
        ("name", "Cut\nBcc: x@y.z"),
        ("name", "Cut\r"),
        ("name", "Cut\u0000"),
        ("name", 5),
        ("name", None),
        ("description", "bell \u0007"),
        ("duration_minutes", 4),
        ("duration_minutes", 1441),
        ("duration_minutes", "60"),
        ("duration_minutes", 60.5),
        ("step_minutes", 7),
        ("step_minutes", 0),
        ("step_minutes", 725),
        ("buffer_before_minutes", -1),
        ("buffer_after_minutes", 721),
        ("min_notice_minutes", -1),
        ("max_advance_days", 10**30),
        ("daily_cap", 0),
        ("capacity", 0),
        ("price", -1),
        ("price", 100_000_000),
        ("timezone", "America/Nowhere"),
        ("timezone", ""),
        ("timezone", "../../etc/passwd"),
        ("timezone", "localtime"),
        ("timezone", "A" * 300),
        ("hue", "beige"),
        ("visibility", "nobody"),
        ("location", "moon"),
        ("location_detail", "a\nb"),
        ("payment_modes", []),
        ("payment_modes", ["deposit"]),
        ("payment_modes", ["pay_in_person", "pay_in_person"]),
        ("payment_modes", ["barter"]),
        ("deposit", {"type": "percent", "value": 101}),
        ("category_id", str(UUID(int=0))),
        ("providers", [{"id": str(UUID(int=0))}]),
        ("active", "yes"),
    ],
)
def test_service_refuses_what_is_out_of_bounds(staff: Staff, business: Business, field: str, value: Any) -> None:
    answer = staff.post("/services", {"name": "Cut", field: value})
    assert answer.status_code == 422
    assert answer.json()["error"] in ("validation_failed", "use_24_00")
    assert not Service.objects.exists()


def test_text_that_spells_the_escape_of_nul_is_text(staff: Staff, business: Business) -> None:
    for text in ("\\u0000", "C:\\\\u0000"):
        assert staff.post("/services", {"name": "Cut", "description": text}).json()["description"] == text
    for text in ("\u0000", "\\\u0000"):
        assert staff.post("/services", {"name": "Cut", "description": text}).status_code == 422


@pytest.mark.parametrize("zone", ["US/Eastern", "Europe/Berlin", None])
def test_hc030_zones_of_providers_and_services(staff: Staff, zone: str | None) -> None:
    assert staff.post("/services", {"name": "Cut", "timezone": zone}).json()["timezone"] == zone
    assert staff.post("/providers", {"name": "Ana", "timezone": zone}).json()["timezone"] == zone


@pytest.mark.parametrize(
    "zone", ["GMT+2", "", "../../etc/passwd", "America/Nowhere", "America", "localtime", "x" * 300]
)
def test_hc030_other_names_are_no_zones(staff: Staff, business: Business, zone: str) -> None:
    for path in ("/services", "/providers"):
        answer = staff.post(path, {"name": "Cut", "timezone": zone})
        assert (answer.status_code, list(answer.json()["details"]["fields"])) == (422, ["timezone"])


def test_service_in_use_is_not_deleted(staff: Staff, business: Business) -> None:
    ana = make_provider(business)
    used, unused = make_service(business, "Cut", providers=[ana]), make_service(business, "Colour", providers=[ana])
    make_appointment(business, used, ana, "2027-06-07T10:00:00Z", status="cancelled")
    answer = staff.delete(f"/services/{used.pk}")
    assert (answer.status_code, answer.json()["error"]) == (409, "in_use")
    assert staff.delete(f"/services/{unused.pk}").status_code == 204
    assert staff.delete(f"/providers/{ana.pk}").json()["error"] == "in_use"
    assert list(Service.objects.all()) == [used]
    assert staff.patch(f"/services/{used.pk}", {"active": False}).json()["active"] is False


def test_hc060_later_edits_change_nothing_that_is_booked(staff: Staff, business: Business) -> None:
    ana = make_provider(business)
    service = make_service(business, "Cut", providers=[ana], price=5000)
    booked = make_appointment(business, service, ana, "2027-06-07T10:00:00Z")
    staff.patch(f"/services/{service.pk}", {"duration_minutes": 90, "price": 6000, "name": "Long cut"})
    staff.patch(f"/providers/{ana.pk}", {"name": "Somebody else"})
    body = staff.get(f"/appointments/{booked.pk}").json()
    assert (body["duration_minutes"], body["price"]) == (60, 5000)
    assert (body["service"]["name"], body["provider"]["name"]) == ("Cut", "Ana Duarte")


def test_categories_are_made_named_once_and_deleted(staff: Staff) -> None:
    made = staff.post("/categories", {"name": "Massage"}).json()
    assert staff.post("/categories", {"name": "massage"}).json()["error"] == "category_exists"
    service = staff.post("/services", {"name": "Cut", "category_id": made["id"]}).json()
    assert service["category"] == {"id": made["id"], "name": "Massage"}
    assert staff.patch(f"/categories/{made['id']}", {"name": "Bodywork"}).json()["name"] == "Bodywork"
    assert staff.delete(f"/categories/{made['id']}").status_code == 204
    assert staff.get(f"/services/{service['id']}").json()["category"] is None


def test_provider_is_made_and_changed(staff: Staff, business: Business) -> None:
    service = make_service(business)
    answer = staff.post(
        "/providers", {"name": "Ana", "email": "Ana@Example.test", "services": [{"id": str(service.pk)}]}
    )
    made = schemas.ProviderRecord.model_validate(answer.json())
    assert (answer.status_code, made.email, made.active) == (201, "ana@example.test", True)
    assert [link.id for link in made.services] == [service.pk]
    path = f"/providers/{made.id}"
    changed = staff.patch(path, {"title": "Therapist", "active": False}).json()
    assert (changed["title"], changed["active"], len(changed["services"])) == ("Therapist", False, 1)
    assert staff.put(f"{path}/services", {"items": [{"id": str(service.pk), "price": 4200}]}).json()["items"] == [
        {"id": str(service.pk), "name": "Cut", "active": True, "price": 4200, "duration_minutes": None}
    ]
    assert staff.put(f"{path}/services", {"items": []}).json() == staff.get(f"{path}/services").json() == {"items": []}


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "A\r\nB"), ("email", "no address"), ("phone", "abc"), ("hue", "beige"), ("position", -1)],
)
def test_provider_refuses_what_is_wrong(staff: Staff, business: Business, field: str, value: Any) -> None:
    answer = staff.post("/providers", {"name": "Ana", field: value})
    assert answer.status_code == 422
    assert Provider.objects.count() == 1


def test_things_of_another_business_do_not_exist(staff: Staff, business: Business, other_business: Business) -> None:
    with tenant_context(other_business):
        theirs = make_provider(other_business), make_service(other_business)
    provider, service = str(theirs[0].pk), str(theirs[1].pk)
    body = staff.get(f"/services/{uuid4()}").json()
    for answer in (
        staff.get(f"/services/{service}"),
        staff.patch(f"/services/{service}", {"name": "Mine"}),
        staff.delete(f"/services/{service}"),
        staff.get(f"/services/{service}/availability"),
        staff.get(f"/services/{service}/cancellation-policy"),
        staff.get(f"/providers/{provider}"),
        staff.delete(f"/providers/{provider}"),
        staff.put(f"/providers/{provider}/availability", {"rules": []}),
    ):
        assert (answer.status_code, answer.json()) == (404, body)


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_queries_for_any_number_of_rows(
    staff: Staff, business: Business, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    team = [make_provider(business, f"P{n}") for n in range(rows)]
    for n in range(rows):
        make_service(business, f"S{n}", providers=team)
        make_category(name=f"C{n}")
    staff.get("/services")
    for path, queries in (("/services", 7), ("/providers", 7), ("/categories", 6)):
        with django_assert_num_queries(queries):
            assert staff.get(path).status_code == 200


def test_lists_come_in_pages(staff: Staff, business: Business) -> None:
    for n in range(3):
        make_service(business, f"S{n}")
    body = schemas.Services.model_validate(staff.get("/services", page=2, limit=2).json())
    assert [item.name for item in body.items] == ["S2"]
    assert body.pagination.model_dump() == {"page": 2, "limit": 2, "total": 3, "total_pages": 2}
    assert staff.get("/services", page=9).json()["items"] == []
    for query in ({"limit": 101}, {"limit": 0}, {"page": 0}, {"page": "x"}):
        assert staff.get("/services", **query).status_code == 422


def test_idempotency_key_makes_one_service(staff: Staff) -> None:
    body = {"name": "Cut"}
    first = staff.post("/services", body, Idempotency_Key="k1")
    again = staff.post("/services", body, Idempotency_Key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert Service.objects.count() == 1
    other = staff.post("/services", {"name": "Colour"}, Idempotency_Key="k1")
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("body", [[None], None, "name", 5])
def test_bodies_are_objects(staff: Staff, business: Business, body: Any) -> None:
    service = make_service(business)
    answer = staff.client.patch(
        f"/v1/tenant-admin/services/{service.pk}",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": staff.authorization},
    )
    assert (answer.status_code, answer.json()["error"]) == (422, "validation_failed")
