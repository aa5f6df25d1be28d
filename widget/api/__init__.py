"""The public API, `/v1/public`: what widgets, other sites and programs of clients speak to.

No cookie and no session means anything here; every call counts towards the limits.
"""

from ninja import Router

from widget.api import appointments, availability, catalogue, holds, waiting
from widget.api.inputs import limited

router = Router(tags=["public"])
router.add_decorator(limited, mode="view")
for _part in (catalogue, availability, holds, appointments, waiting):
    router.add_router("", _part.router)
