import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Channels end by themselves within days and are opened again: the table is made anew."""

    dependencies = [("calendarsync", "0003_google_accounts")]

    operations = [
        migrations.DeleteModel(name="Channel"),
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(editable=False, max_length=64)),
                ("token_digest", models.CharField(max_length=64)),
                ("resource_id", models.CharField(blank=True, max_length=300)),
                ("expires_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField()),
                ("last_message", models.BigIntegerField(default=0)),
                (
                    "calendar",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="channels",
                        to="calendarsync.calendar",
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="channels",
                        to="calendarsync.connection",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("name",), name="one_channel")],
            },
        ),
        migrations.AlterField(model_name="mirror", name="event_id", field=models.CharField(max_length=64)),
        migrations.AddIndex(model_name="mirror", index=models.Index(fields=["event_id"], name="mirror_event")),
    ]
