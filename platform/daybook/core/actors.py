"""Who does something: what a history row and an audit line record."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    CLIENT = "client"
    MEMBER = "member"
    API_KEY = "api_key"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts. `id` is opaque (member, client or key), `name` is what the history shows."""

    kind: ActorKind
    id: str = ""
    name: str = ""

    @property
    def is_staff(self) -> bool:
        """Members, API keys of the business and operators act with staff rights; their role is checked at the door."""
        return self.kind in (ActorKind.MEMBER, ActorKind.API_KEY, ActorKind.OPERATOR)


SYSTEM = Actor(ActorKind.SYSTEM, name="Daybook")
