"""The audit log keeps what differs, hides secrets, and belongs to one business."""

from daybook.core.actors import Actor, ActorKind
from daybook.core.audit import Line, entries, record
from daybook.core.housekeeping import forget
from daybook.core.ids import new_id
from tenants.models import Business

ROSA = Actor(ActorKind.MEMBER, id="7", name="Rosa")


def test_only_what_differs_is_kept_and_secrets_never(business: Business) -> None:
    before = {"name": "Cut", "price": 4000, "token": "abc"}
    line = Line("service.changed", "service", new_id(), "Cut", before, {"name": "Cut", "price": 4500, "token": "xyz"})
    record(line, tenant_id=business.pk, by=ROSA)
    [found] = entries(business.pk)
    assert (found.before, found.after) == ({"price": 4000, "token": "[hidden]"}, {"price": 4500, "token": "[hidden]"})
    assert (found.action, found.actor_name, found.object_name) == ("service.changed", "Rosa", "Cut")


def test_another_business_s_lines_are_not_shown_and_go_with_it(business: Business, other_business: Business) -> None:
    record(Line("page.changed"), tenant_id=other_business.pk, by=ROSA)
    record(Line("page.changed"), tenant_id=business.pk, by=ROSA)
    assert entries(business.pk).count() == 1
    forget(tenant_id=other_business.pk, schema=other_business.schema_name)
    assert (entries(other_business.pk).count(), entries(business.pk).count()) == (0, 1)
