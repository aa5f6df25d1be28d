"""How forms are drawn: Daybook's markup for fields, with errors and hints tied to their controls."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Finds form templates in templates/django/forms/ first, then Django's own."""

    form_template_name = "django/forms/div.html"
    field_template_name = "django/forms/field.html"
