"""Weekly hours, date overrides and why a time is closed, over the tenant-admin API."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from scheduling import schemas
from scheduling.models import AvailabilityRule, DateOverride, Provider, Service
from tenants.models import Business
from tests.factories import (
    make_appointment,
    make_block,
    make_busy,
    make_exception,
    make_member,
    make_provider,
    make_rule,
    make_service,
    open_week,
)
from tests.scheduling.staff import Staff, as_member, by_key

NINE_TO_FIVE = {"weekday": 1, "start": "09:00", "end": "17:00"}


@pytest.fixture
def staff(business: Business, client_for: Any) -> Staff:
    return by_key(business, client_for("acme"))


@pytest.fixture
def ana(business: Business) -> Provider:
    return make_provider(business)


@pytest.fixture
def cut(business: Business, ana: Provider) -> Service:
    return make_service(business, providers=[ana], buffer_after_minutes=15)


def test_hc034_weekday_1_is_monday_in_api_and_database(staff: Staff, ana: Provider) -> None:
    answer = staff.put(f"/providers/{ana.pk}/availability", {"rules": [NINE_TO_FIVE]})
    body = schemas.Rules.model_validate(answer.json())
    assert (answer.status_code, body.timezone) == (200, "UTC")
    assert [(r.weekday, r.start, r.end) for r in body.rules] == [(1, "09:00", "17:00")]
    assert AvailabilityRule.objects.get().weekday == 1
    assert staff.get(f"/providers/{ana.pk}/availability").json() == answer.json()


def test_rules_are_replaced_as_a_whole_list(staff: Staff, ana: Provider, cut: Service) -> None:
    path = f"/providers/{ana.pk}/availability"
    evening = {"weekday": 5, "start": "18:00", "end": "02:00", "service_id": str(cut.pk)}
    assert len(staff.put(path, {"rules": [NINE_TO_FIVE, evening]}).json()["rules"]) == 2
    staff.put(f"/services/{cut.pk}/availability", {"rules": [NINE_TO_FIVE]})
    staff.put("/settings/availability", {"rules": [{**NINE_TO_FIVE, "end": "24:00"}]})
    assert staff.put(path, {"rules": []}).json()["rules"] == []
    kept = AvailabilityRule.objects.order_by("end_minute")
    assert [(rule.provider_id, rule.service_id, rule.end_minute) for rule in kept] == [
        (None, cut.pk, 1020),
        (None, None, 1440),
    ]
    assert staff.get("/settings/availability").json()["rules"][0]["end"] == "24:00"


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"end": "23:59"}, "rules.0.end", "use_24_00"),
        ({"end": "09:00"}, "rules.0.end", "empty_window"),
        ({"end": "25:00"}, "rules.0.end", "validation_failed"),
        ({"start": "24:00"}, "rules.0.start", "validation_failed"),
        ({"start": "9:00"}, "rules.0.start", "validation_failed"),
        ({"start": 540}, "rules.0.start", "validation_failed"),
        ({"weekday": 7}, "rules.0.weekday", "validation_failed"),
        ({"weekday": -1}, "rules.0.weekday", "validation_failed"),
        ({"weekday": "1"}, "rules.0.weekday", "validation_failed"),
        (
            {"effective_from": "2027-06-02", "effective_to": "2027-06-01"},
            "rules.0.effective_to",
            "validation_failed",
        ),
        ({"service_id": str(UUID(int=0))}, "rules.0.service_id", "validation_failed"),
    ],
)
def test_hc031_hc057_rules_that_cannot_be(
    staff: Staff, ana: Provider, change: dict[str, Any], field: str, code: str
) -> None:
    make_rule(ana, 3)
    answer = staff.put(f"/providers/{ana.pk}/availability", {"rules": [{**NINE_TO_FIVE, **change}]})
    body = answer.json()
    assert (answer.status_code, body["error"], list(body["details"]["fields"])) == (422, code, [field])
    assert AvailabilityRule.objects.get().weekday == 3


def test_override_is_made_changed_and_taken_back(staff: Staff, ana: Provider) -> None:
    sent = {"provider_id": str(ana.pk), "kind": "blocked", "date": "2027-06-07", "note": "Dentist"}
    answer = staff.post("/date-overrides", sent)
    made = schemas.OverrideRecord.model_validate(answer.json())
    assert (answer.status_code, made.start, made.end_date) == (201, None, None)
    path = f"/date-overrides/{made.id}"
    changed = staff.patch(path, {"start": "13:00", "end": "13:30", "end_date": "2027-06-09"}).json()
    assert (changed["start"], changed["end"], changed["note"]) == ("13:00", "13:30", "Dentist")
    assert staff.get(path).json() == changed
    assert staff.get("/date-overrides", start_date="2027-06-09").json()["items"] == [changed]
    assert staff.get("/date-overrides", start_date="2027-06-10").json()["items"] == []
    assert staff.get("/date-overrides", end_date="2027-06-06").json()["items"] == []
    assert staff.delete(path).status_code == 204
    assert staff.get(path).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "holiday"},
        {"kind": "exception"},
        {"start": "13:00"},
        {"end": "13:00"},
        {"start": "13:00", "end": "13:00"},
        {"start": "13:00", "end": "23:59"},
        {"end_date": "2027-06-06"},
        {"end_date": "2099-06-06"},
        {"date": "9999-12-31"},
        {"date": "07.06.2027"},
        {"note": "a\nb"},
    ],
)
def test_override_refuses_what_is_wrong(staff: Staff, ana: Provider, change: dict[str, Any]) -> None:
    sent = {"provider_id": str(ana.pk), "kind": "blocked", "date": "2027-06-07", **change}
    assert staff.post("/date-overrides", sent).status_code == 422
    assert not DateOverride.objects.exists()


def test_override_of_a_provider_who_does_not_exist_is_not_found(staff: Staff) -> None:
    sent = {"provider_id": str(uuid4()), "kind": "blocked", "date": "2027-06-07"}
    assert staff.post("/date-overrides", sent).status_code == 404


def explained(staff: Staff, service: Service, start: str, **query: str) -> tuple[str | None, list[tuple[str, str]]]:
    answer = staff.get("/availability/explain", service_id=str(service.pk), start_time=start, **query)
    body = schemas.Explanation.model_validate(answer.json())
    assert body.bookable is (body.reason is None)
    return body.reason, [(cause.kind, cause.id) for cause in body.providers[-1].causes]


def test_explain_names_what_closes_a_time(
    staff: Staff, business: Business, ana: Provider, cut: Service, clock: Any
) -> None:
    clock("2027-06-01T12:00Z")
    open_week(ana)
    rule = AvailabilityRule.objects.get(weekday=1)
    block = make_block(ana, "2027-06-07", "13:00", "13:30")
    busy = make_busy(ana, "2027-06-07T15:07:00Z", "2027-06-07T15:10:00Z")
    booked = make_appointment(business, cut, ana, "2027-06-07T10:00:00Z")

    def ask(local: str) -> tuple[str | None, list[tuple[str, str]]]:
        return explained(staff, cut, f"2027-06-07T{local}:00Z")

    assert ask("11:15") == (None, [])
    assert ask("08:00") == ("outside_hours", [("rule", str(rule.pk))])
    assert ask("13:15") == ("blocked", [("override", str(block.pk))])
    assert ask("10:30") == ("booked", [("appointment", str(booked.pk))])
    assert ask("11:00") == ("buffer", [("appointment", str(booked.pk))])
    assert ask("15:00") == ("calendar", [("busy_time", str(busy.pk))])
    assert explained(staff, cut, "2027-06-06T10:00:00Z") == ("outside_hours", [])


def test_explain_names_settings_and_special_hours(
    staff: Staff, business: Business, ana: Provider, cut: Service, clock: Any
) -> None:
    clock("2027-06-07T08:00Z")
    open_week(ana)
    staff.patch(f"/services/{cut.pk}", {"min_notice_minutes": 120, "max_advance_days": 7, "daily_cap": 1})
    assert explained(staff, cut, "2027-06-07T09:00:00Z") == ("notice", [("setting", "min_notice_minutes")])
    assert explained(staff, cut, "2027-06-15T09:00:00Z") == ("horizon", [("setting", "max_advance_days")])
    make_appointment(business, cut, ana, "2027-06-08T09:00:00Z")
    assert explained(staff, cut, "2027-06-08T14:00:00Z") == ("daily_cap", [("setting", "daily_cap")])
    special = make_exception(ana, "2027-06-09", "12:00", "15:00")
    assert explained(staff, cut, "2027-06-09T09:00:00Z") == ("outside_hours", [("override", str(special.pk))])


def test_hc027_explain_needs_an_offset(staff: Staff, cut: Service) -> None:
    answer = staff.get("/availability/explain", service_id=str(cut.pk), start_time="2026-11-01T01:30:00")
    assert (answer.status_code, answer.json()["error"]) == (422, "offset_required")


def test_hc211_providers_keep_to_their_own_hours(business: Business, ana: Provider, cut: Service) -> None:
    marco = make_provider(business, "Marco Vitale")
    me = as_member(make_member(business, "provider", provider=ana))
    assert me.put(f"/providers/{ana.pk}/availability", {"rules": [NINE_TO_FIVE]}).status_code == 200
    block = {"kind": "blocked", "date": "2027-06-07"}
    assert me.post("/date-overrides", {**block, "provider_id": str(ana.pk)}).status_code == 201
    theirs = make_block(marco, "2027-06-07")
    everybody = make_block(None, "2027-06-08")
    assert {item["id"] for item in me.get("/date-overrides").json()["items"]} == {
        str(DateOverride.objects.get(provider=ana).pk),
        str(everybody.pk),
    }
    for answer in (
        me.get(f"/providers/{marco.pk}/availability"),
        me.put(f"/providers/{marco.pk}/availability", {"rules": []}),
        me.put(f"/services/{cut.pk}/availability", {"rules": []}),
        me.put("/settings/availability", {"rules": []}),
        me.post("/date-overrides", {**block, "provider_id": str(marco.pk)}),
        me.post("/date-overrides", block),
        me.get(f"/date-overrides/{theirs.pk}"),
        me.patch(f"/date-overrides/{theirs.pk}", {"note": "x"}),
        me.delete(f"/date-overrides/{everybody.pk}"),
        me.get("/date-overrides", provider_id=str(marco.pk)),
        me.get(
            "/availability/explain",
            service_id=str(cut.pk), start_time="2027-06-07T10:00:00Z", provider_id=str(marco.pk),
        ),
        me.post("/services", {"name": "Mine"}),
        me.patch(f"/providers/{marco.pk}", {"name": "x"}),
        me.get("/clients"),
        me.get("/members"),
        me.patch("/settings", {"name": "x"}),
    ):  # fmt: skip
        assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")


def test_front_desk_does_not_change_hours(business: Business, ana: Provider) -> None:
    desk = as_member(make_member(business, "front_desk"))
    assert desk.get(f"/providers/{ana.pk}/availability").status_code == 200
    assert desk.put(f"/providers/{ana.pk}/availability", {"rules": []}).status_code == 403
    assert desk.post("/date-overrides", {"kind": "blocked", "date": "2027-06-07"}).status_code == 403


def test_explain_of_a_provider_who_does_not_give_the_service(staff: Staff, business: Business, cut: Service) -> None:
    marco = make_provider(business, "Marco Vitale")
    query = {"service_id": str(cut.pk), "provider_id": str(marco.pk), "start_time": "2027-06-07T10:00:00Z"}
    answer = staff.get("/availability/explain", **query)
    assert (answer.status_code, answer.json()["error"]) == (422, "provider_not_for_service")
