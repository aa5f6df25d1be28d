"""What the owner types about cancelling: tiers of hours and fees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.domain.policies import Tier
from billing.selectors.payments import Narrow
from daybook.core.inputs import AffixInput, MinutesField, MoneyField
from tenants.selectors import country_choices

if TYPE_CHECKING:
    from django.forms.boundfield import BoundField

    from daybook.core.errors import DaybookError

MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Line:
    """The fields of one tier."""

    place: int
    hours: BoundField
    percent: BoundField
    fixed: BoundField


class PolicyForm(forms.Form):
    """Tiers, a line each, with a blank one to fill; a line without hours does not count.

    `own` is asked for a single service only: off, the business's policy holds.
    """

    own = forms.TypedChoiceField(coerce=lambda value: value == "1", widget=forms.RadioSelect)

    def __init__(
        self,
        *args: Any,
        tiers: Sequence[Tier],
        currency: str,
        own: bool | None = None,
        lines: int = 0,
        cancel: int = 0,
        reschedule: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if own is None:
            del self.fields["own"]
            self._add_cutoffs(cancel, reschedule)
        else:
            self.fields["own"] = forms.TypedChoiceField(
                label=_("Policy"), coerce=lambda value: value == "1", widget=forms.RadioSelect,
                initial="1" if own else "0",
                choices=[("0", _("The business's policy")), ("1", _("This service has its own"))],
            )  # fmt: skip
        self.count = min(MOST_LINES, max(lines, len(tiers) + 1))
        for place in range(self.count):
            self._add(place, tiers[place] if place < len(tiers) else None, currency)

    def _add_cutoffs(self, cancel: int, reschedule: int) -> None:
        """Until when clients may change things themselves; left out by older forms, they stay as they are."""
        for name, label, minutes in (
            ("cancel_cutoff_minutes", gettext_lazy("Clients cancel until"), cancel),
            ("reschedule_cutoff_minutes", gettext_lazy("Clients reschedule until"), reschedule),
        ):
            hint = gettext_lazy("Before the start, such as 2 h. You can always.")
            self.fields[name] = MinutesField(label=label, required=False, initial=minutes, help_text=hint)

    def cutoffs(self) -> dict[str, int]:
        """The cut-offs that were typed, in minutes."""
        names = ("cancel_cutoff_minutes", "reschedule_cutoff_minutes")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name) is not None}

    def _add(self, place: int, tier: Tier | None, currency: str) -> None:
        numeric = {"inputmode": "numeric", "autocomplete": "off"}
        self.fields[f"hours-{place}"] = forms.IntegerField(
            label=gettext_lazy("At least"), required=False, initial=tier.hours_before_start if tier else None,
            widget=AffixInput(numeric, after=_("h before")),
        )  # fmt: skip
        self.fields[f"percent-{place}"] = forms.IntegerField(
            label=gettext_lazy("Fee"), required=False, initial=tier.fee_percentage if tier else None,
            widget=AffixInput(numeric, after="%"),
        )  # fmt: skip
        self.fields[f"fixed-{place}"] = MoneyField(
            currency=currency, label=gettext_lazy("Plus"), required=False,
            initial=tier.fee_fixed if tier and tier.fee_fixed else None,
        )  # fmt: skip

    def lines(self) -> list[Line]:
        """A line for each tier and the blank one."""
        return [Line(n, self[f"hours-{n}"], self[f"percent-{n}"], self[f"fixed-{n}"]) for n in range(self.count)]

    def _filled(self) -> list[int]:
        return [n for n in range(self.count) if self.cleaned_data.get(f"hours-{n}") is not None]

    def clean(self) -> dict[str, Any]:
        """A fee without hours belongs nowhere; own tiers need at least one."""
        data = super().clean() or {}
        for n in range(self.count):
            fee = data.get(f"percent-{n}") is not None or data.get(f"fixed-{n}") is not None
            if fee and data.get(f"hours-{n}") is None and f"hours-{n}" not in self.errors:
                self.add_error(f"hours-{n}", _("Say how many hours before the start."))
        if data.get("own") and not self.errors and not self._filled():
            self.add_error(None, _("An own policy needs at least one line."))
        return data

    def tiers(self) -> list[Tier]:
        """What the service takes; none: the next level's policy holds."""
        data = self.cleaned_data
        if "own" in self.fields and not data["own"]:
            return []
        return [
            Tier(data[f"hours-{n}"], data.get(f"percent-{n}") or 0, data.get(f"fixed-{n}") or 0) for n in self._filled()
        ]

    def refuse(self, error: DaybookError) -> None:
        """Put the service's refusals beside their lines."""
        names = {"hours_before_start": "hours", "fee_percentage": "percent", "fee_fixed": "fixed"}
        fields: dict[str, list[str]] = error.details.get("fields") or {"": [error.message]}
        filled = self._filled()
        for name, messages in fields.items():
            parts = name.split(".")
            known = len(parts) == 3 and parts[1].isdigit() and int(parts[1]) < len(filled) and parts[2] in names
            self.add_error(f"{names[parts[2]]}-{filled[int(parts[1])]}" if known else None, messages[0])


class PaymentFilterForm(forms.Form):
    """What the address of a list of payments, refunds or disputes asks for; what is not valid does not narrow."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=100)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    method = forms.ChoiceField(label=gettext_lazy("How"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, data: Any, *, states: Sequence[Any], methods: Sequence[Any] = ()) -> None:
        super().__init__(data)
        everything = [("", _("All"))]
        self.fields["state"].choices = [*everything, *states]  # type: ignore[attr-defined]
        if methods:
            self.fields["method"].choices = [*everything, *methods]  # type: ignore[attr-defined]
        else:
            del self.fields["method"]
        self.is_valid()

    def narrow(self, zone: str) -> Narrow:
        """The filters; two dates are taken in their order."""
        data = self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            since, until = until, since
        return Narrow(zone, data.get("q", ""), data.get("state", ""), data.get("method", ""), since, until)

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return any(self.cleaned_data.values())


class CountryForm(forms.Form):
    """Where a business is, for those who never said so: Stripe opens accounts by country, and it stays."""

    country = forms.ChoiceField(label=gettext_lazy("Country of the business"))

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(
            label=self.fields["country"].label,
            choices=[("", _("Choose a country")), *country_choices(language)],
            widget=forms.Select(attrs={"autocomplete": "country"}),
        )
