"""Whole minutes to the microsecond: the first form of the check looked at whole seconds only."""

from django.db import migrations, models
from django.db.models.functions import TruncMinute


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial")]
    operations = [
        migrations.RemoveConstraint("appointment", "appointment_whole_minutes"),
        migrations.AddConstraint(
            "appointment",
            models.CheckConstraint(
                name="appointment_whole_minutes",
                condition=models.Q(starts_at=TruncMinute("starts_at"), ends_at=TruncMinute("ends_at")),
            ),
        ),
    ]
