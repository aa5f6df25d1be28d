"""Our events in outside calendars, the repeating events of others, and what somebody has to look at."""

from django.db import models
from django.db.models import F, Q

from calendarsync.enums import Answer, Found
from calendarsync.models.connections import Calendar, Connection
from daybook.core.ids import new_id


class Mirror(models.Model):
    """The event that stands for an appointment, or for a class session, in an outside calendar.

    `block_id` is scheduling's: the appointment's own id, or the session's. The event's id follows from block, calendar
    and `generation`: a deleted id never becomes free again. `starts_at`, `ends_at` and `content` (a digest) are what
    was last written; `etag` is the vendor's name of the version that we wrote or accepted. Without `written_at` the
    event may or may not be there. `writes` counts those since `counted_since`, so that an echo cannot go on for ever.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    block_id = models.UUIDField(db_index=True)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="mirrors")
    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="mirrors")
    generation = models.PositiveIntegerField(default=0)
    event_id = models.CharField(max_length=64)
    etag = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    content = models.CharField(max_length=64, blank=True)
    written_at = models.DateTimeField(null=True)
    counted_since = models.DateTimeField(null=True)
    writes = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["event_id"], name="mirror_event")]
        constraints = [
            models.UniqueConstraint(fields=["block_id", "calendar"], name="one_mirror"),
            models.UniqueConstraint(fields=["calendar", "event_id"], name="one_event"),
        ]

    def __str__(self) -> str:
        return self.event_id


class RepeatingEvent(models.Model):
    """A repeating event of a calendar: laid out anew when it changes, and every night as the horizon moves on."""

    id = models.BigAutoField(primary_key=True)
    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="repeating")
    external_id = models.CharField(max_length=1024)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "external_id"], name="one_repeating_event")]

    def __str__(self) -> str:
        return self.external_id


class Attention(models.Model):
    """Something in an outside calendar that a person has to answer. At most one is open for a block and kind.

    `starts_at` and `ends_at` are what the calendar says now (null when it was deleted); they are kept closed as the
    busy time `source` until it is answered. `etag` is the version that was seen.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="attentions")
    block_id = models.UUIDField()
    found = models.CharField(max_length=10, choices=Found)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    etag = models.CharField(max_length=200, blank=True)
    found_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, default=Answer.OPEN, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("found_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["block_id", "found"], condition=Q(answer=""), name="one_open_attention"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(starts_at__lt=F("ends_at")), name="attention_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.found} {self.block_id}"

    @property
    def source(self) -> str:
        """Under which the time that it keeps closed is kept in scheduling."""
        return f"asked:{self.pk.hex}"
