"""Which status may follow which. The names are those of `scheduling.enums.Status`."""

FOLLOWERS: dict[str, frozenset[str]] = {
    "held": frozenset({"pending_approval", "confirmed", "expired", "cancelled"}),
    "pending_approval": frozenset({"confirmed", "declined", "cancelled", "expired"}),
    "confirmed": frozenset({"completed", "no_show", "cancelled"}),
    "expired": frozenset({"pending_approval", "confirmed"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
    "no_show": frozenset(),
    "declined": frozenset(),
}
RESTORABLE = frozenset({"cancelled", "completed", "no_show"})
"""What staff may undo, back to confirmed, if the time is free."""


def may_follow(status: str, to: str) -> bool:
    """Whether `to` may follow `status` (restoring is an action of its own)."""
    return to in FOLLOWERS[status]
