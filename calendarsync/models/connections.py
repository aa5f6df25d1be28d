"""How a provider's outside calendars are connected. Tokens are sealed (`core.secrets`); no title of an event is kept."""

from django.db import models
from django.db.models import Q

from calendarsync.enums import OnChange, Privacy, State, Vendor, WhenBroken
from daybook.core.ids import new_id
from daybook.core.secrets import SecretField


class Connection(models.Model):
    """A provider's account at a vendor of calendars.

    `access_token` is good until `access_until` (real time), `refresh_token` until it is revoked. `scopes` are those
    granted. `turn` numbers the rows of the outbox that keep it in step, so that one that died can be followed by another.
    `events_go`: our events are taken out of the calendar when it is left.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey("scheduling.Provider", models.PROTECT, related_name="+")
    vendor = models.CharField(max_length=20, choices=Vendor, default=Vendor.GOOGLE)
    account = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.CHOOSING)
    scopes = models.JSONField(default=list)
    refresh_token = SecretField(blank=True)
    access_token = SecretField(blank=True)
    access_until = models.DateTimeField(null=True)

    privacy = models.CharField(max_length=7, choices=Privacy, default=Privacy.FULL)
    on_change = models.CharField(max_length=5, choices=OnChange, default=OnChange.APPLY)
    tentative_is_busy = models.BooleanField(default=True)
    focus_is_busy = models.BooleanField(default=True)

    connected_at = models.DateTimeField()
    connected_by = models.CharField(max_length=100, blank=True)
    broken_at = models.DateTimeField(null=True)
    told_broken_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True)
    turn = models.PositiveIntegerField(default=0)
    events_go = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "vendor"], condition=~Q(state="leaving"), name="one_connection")
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.state}"


class Calendar(models.Model):
    """A calendar of the account. `counts`: its busy events close times; `receives`: appointments are written there.

    `sync_token` says up to where it was read: None means that it has to be read from the start. `expanded_until` is
    the instant up to which repeating events were laid out. `dirty_since` is when a notification came that nobody has
    read for yet; `synced_at` when it was last read to the end. `lease` and `leased_until` (real time) keep it to one
    reader at a time. `gone_at`: it was deleted, or may not be read any more. `unreadable`: the events (by the keys of
    their busy times) whose dates nobody can read, so that they close nothing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="calendars")
    external_id = models.CharField(max_length=300)
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC")
    writable = models.BooleanField(default=False)
    primary = models.BooleanField(default=False)
    counts = models.BooleanField(default=False)
    receives = models.BooleanField(default=False)

    sync_token = models.TextField(null=True)
    expanded_until = models.DateTimeField(null=True)
    dirty_since = models.DateTimeField(null=True)
    synced_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    unreadable = models.JSONField(default=list)
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-primary", "name", "id")
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="one_calendar"),
            models.UniqueConstraint(fields=["connection"], condition=Q(receives=True), name="one_receiving_calendar"),
        ]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.pk}"

    @property
    def source(self) -> str:
        """Under which its busy times are kept in scheduling."""
        return f"{Vendor.GOOGLE}:{self.pk.hex}"


class Channel(models.Model):
    """A line on which the vendor tells us that a calendar has changed. Its name there begins with the business's id.

    The vendor keeps the token, we its digest. `expires_at` is the vendor's word, in real time. `calendar` is null when
    the channel has to be stopped at the vendor and may still speak.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=64, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="channels")
    calendar = models.ForeignKey(Calendar, models.SET_NULL, null=True, related_name="channels")
    token_digest = models.CharField(max_length=64)
    resource_id = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    last_message = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="one_channel")]

    def __str__(self) -> str:
        return self.name


class ConnectAttempt(models.Model):
    """Somebody went to a vendor's consent page: good once, for ten minutes of real time, in the session it began in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey("scheduling.Provider", models.CASCADE, related_name="+")
    vendor = models.CharField(max_length=20, choices=Vendor, default=Vendor.GOOGLE)
    session_digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    code_verifier = SecretField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class CalendarChoice(models.Model):
    """What the business has chosen about all its connections: one row, or none where nothing was chosen."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    when_broken = models.CharField(max_length=5, choices=WhenBroken, default=WhenBroken.KEEP)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_calendar_choice")]

    def __str__(self) -> str:
        return self.when_broken
