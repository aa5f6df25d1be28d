"""Facts that billing announces, inside the transaction that makes them true. Receivers only write rows."""

from django.dispatch import Signal

account_ended = Signal()
"""An account is not paid into any more: sent with `business`, `account_id`, `why` (`tenants.enums.AccountEnd`), `now`."""
