import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import daybook.core.ids


def end_sessions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Sessions that are in no list could not be ended by their owners: everybody signs in once more."""
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_page_messages_waitlist"), ("sessions", "0001_initial")]

    operations = [
        migrations.AddField(model_name="business", name="two_steps_needed", field=models.BooleanField(default=False)),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=daybook.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("session_key", models.CharField(max_length=40)),
                ("agent", models.CharField(blank=True, max_length=300)),
                ("address", models.GenericIPAddressField()),
                ("began_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "business",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.business",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="opened",
                        to="tenants.signin",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["user", "-seen_at"], name="sign_in_by_user")]},
        ),
        migrations.AddField(
            model_name="handoffcode",
            name="origin",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.signin"
            ),
        ),
        migrations.RunPython(end_sessions, migrations.RunPython.noop, elidable=True),
    ]
