"""The tenant-admin API of scheduling, `/v1/tenant-admin`: what staff and programs of the business speak to."""

from ninja import Router

from scheduling.api import clients, explain, hours, overrides, providers, services, waitlist
from tenants.auth import MemberOrKey

router = Router(auth=MemberOrKey())
for _part in (services, providers, hours, overrides, explain, clients, waitlist):
    router.add_router("", _part.router)
