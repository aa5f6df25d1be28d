"""Parts of pages that other apps fill, and what staff chose in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduling.models import Appointment
from scheduling.signals import Panel, choices_sent, panels_wanted


def panels(place: str, **facts: Any) -> list[Panel]:
    """What other apps show at a place; see `scheduling.signals.panels_wanted`."""
    answers: list[tuple[Any, Any]] = panels_wanted.send(sender=None, place=place, **facts)
    found = [panel for _receiver, some in answers for panel in some or []]
    return sorted(found, key=lambda panel: panel.order)


def choices(action: str, *, appointment: Appointment, data: Mapping[str, Any], **facts: Any) -> dict[str, Any]:
    """What was chosen before an act, as facts for those who asked. Raises `Invalid`."""
    answers: list[tuple[Any, Any]] = choices_sent.send(
        sender=None, action=action, appointment=appointment, data=data, **facts
    )
    return {name: value for _receiver, some in answers for name, value in (some or {}).items()}
