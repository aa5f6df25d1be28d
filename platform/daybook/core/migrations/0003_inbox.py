from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_audit")]

    operations = [
        migrations.AddField("inboxevent", "object_id", models.CharField(blank=True, max_length=200)),
        migrations.AddField(
            "inboxevent",
            "state",
            models.CharField(
                choices=[("received", "Received"), ("applied", "Applied"), ("ignored", "Ignored"), ("dead", "Dead")],
                default="received",
                max_length=10,
            ),
        ),
        migrations.AddField("inboxevent", "attempts", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("inboxevent", "replays", models.PositiveSmallIntegerField(default=0)),
        migrations.AddConstraint(
            "inboxevent",
            models.CheckConstraint(
                condition=models.Q(state="applied", applied_at__isnull=False)
                | (~models.Q(state="applied") & models.Q(applied_at__isnull=True)),
                name="inbox_applied_at",
            ),
        ),
    ]
