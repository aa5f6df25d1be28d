"""Facts that this app announces. Receivers run inside the announcing transaction and only write rows."""

from django.dispatch import Signal

business_made = Signal()
"""A business has its schema: `business`, `now`, `owner_name`. Sent in that business's schema."""

currency_changing = Signal()
"""A business is about to be priced in another currency: `business`. A receiver refuses by raising Conflict."""

business_closed = Signal()
"""The owner has closed the business: `business`, `now`. Sent in its schema, in the transaction that closes it."""

member_deactivated = Signal()
"""Somebody is no member any more: `member`, `business`, `by` (Actor), `request` (or None), `now`. Sent in the business's
schema, in the transaction that ends his access. Receivers let go of what was his, and answer a list of sentences about it."""
