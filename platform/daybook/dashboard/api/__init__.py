"""The tenant-admin API of what joins several apps: appointments, which are scheduled and cost something."""

from ninja import Router

from daybook.dashboard.api import appointments, charging, payments
from tenants.auth import MemberOrKey

router = Router(auth=MemberOrKey())
router.add_router("", appointments.router)
router.add_router("", charging.router)
router.add_router("", payments.router)
