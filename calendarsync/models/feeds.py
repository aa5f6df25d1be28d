"""Calendars by address: a provider's own, for other programs to read, and those of others that close his times."""

from django.db import models

from calendarsync.enums import FeedState, Privacy, Problem
from daybook.core.ids import new_id
from daybook.core.secrets import SecretField


class Feed(models.Model):
    """A provider's appointments at a secret address; without a row there is none.

    The address follows from id and `generation`, `digest` is what is kept of it. `content` is a digest of what was
    last sent, `changed_at` when that became something else, `read_at` when somebody last asked (all in real time).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.OneToOneField("scheduling.Provider", models.CASCADE, related_name="+")
    privacy = models.CharField(max_length=7, choices=Privacy, default=Privacy.FULL)
    generation = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    content = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="feed_address")]

    def __str__(self) -> str:
        return str(self.pk)


class Subscription(models.Model):
    """An outside feed whose busy times close a provider's. Of its content only the times are kept, in scheduling.

    `turn` numbers the rows of the outbox that look after it: only the latest does. `asked_at` is when what is known
    was asked for, `read_at` when it was last read well, `laid_out_at` when its times were last counted up to the
    horizon. `failing_since` with `problem` (and the `status` of HTTP) tell of what goes wrong, `told_at` that people
    were. `busy` is how many times it closes, `skipped` how many entries nobody could make sense of.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey("scheduling.Provider", models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    url = SecretField()
    host = models.CharField(max_length=253)
    state = models.CharField(max_length=6, choices=FeedState, default=FeedState.ACTIVE)
    turn = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()

    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=200, blank=True)
    content = models.CharField(max_length=64, blank=True)
    busy = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    laid_out_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()

    problem = models.CharField(max_length=12, default=Problem.NONE, blank=True)
    status = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("made_at", "id")

    def __str__(self) -> str:
        return f"{self.host} {self.state}"

    @property
    def source(self) -> str:
        """Under which its busy times are kept in scheduling."""
        return f"ics:{self.pk.hex}"
