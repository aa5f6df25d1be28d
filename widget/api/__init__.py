"""The public API, `/v1/public`: what widgets, pages of others and programs of clients speak to."""

from ninja import Router

router = Router(tags=["public"])
