"""`daybook plan`: what the platform takes of online payments."""

import pytest
from django.core.management import CommandError, call_command

from tenants.models import Business, Plan
from tenants.selectors import fee_basis_points


def test_a_plan_is_made_changed_given_and_taken(business: Business, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("plan", "set", "studio", "--fee", "250")
    call_command("plan", "give", "acme", "studio")
    assert fee_basis_points(business) == 250
    call_command("plan", "set", "studio", "--name", "Studio plus", "--fee", "100")
    assert fee_basis_points(business) == 100
    call_command("plan", "fee", "acme", "0")
    assert fee_basis_points(business) == 0
    call_command("plan", "fee", "acme", "none")
    assert fee_basis_points(business) == 100
    call_command("plan", "list")
    assert "1.00 %  Studio plus" in capsys.readouterr().out
    call_command("plan", "give", "acme", "none")
    assert fee_basis_points(business) == 0


@pytest.mark.parametrize(
    "words",
    [
        ("set", "studio", "--fee", "10001"),
        ("set", "no plan", "--fee", "1"),
        ("give", "acme", "missing"),
        ("give", "nobody", "none"),
        ("fee", "acme", "much"),
        ("fee", "acme", "10001"),
    ],
)
def test_what_cannot_be_is_refused(business: Business, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("plan", *words)
    assert not Plan.objects.exists()
