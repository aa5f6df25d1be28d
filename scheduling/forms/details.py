"""Who it is, read from a form by the rules of bookings."""

from typing import Any

from django import forms

from daybook.core.errors import Invalid
from scheduling.services.clients import ClientDetails, clean_details


def read_details(form: forms.BaseForm, values: dict[str, Any], **rules: Any) -> ClientDetails | None:
    """The client of the form's fields `name`, `email` and `phone`; None with the problems beside their fields.

    `rules` are those of `clean_details`. A field that has a problem already keeps that one.
    """
    typed = {name: values.get(name, "") for name in ("name", "email", "phone")}
    try:
        return clean_details(**typed, **rules)
    except Invalid as error:
        for name, messages in error.details["fields"].items():
            if name not in form.errors:
                form.add_error(name, messages)
    return None
