"""Which function answers which address."""

from collections.abc import Callable
from dataclasses import dataclass

from daybook.sandbox.stripe.params import Params
from daybook.sandbox.stripe.world import Merchant, Obj, World


@dataclass(frozen=True)
class Call:
    """A request that has passed the contract; `ids` are those in its address."""

    world: World
    merchant: Merchant
    params: Params
    ids: dict[str, str]
    path: str


Handler = Callable[[Call], Obj]
handlers: dict[tuple[str, str], Handler] = {}


def on(method: str, template: str) -> Callable[[Handler], Handler]:
    """Register the answer to an endpoint of the contract."""

    def register(handler: Handler) -> Handler:
        handlers[method, template] = handler
        return handler

    return register
