"""The markup of forms, badges and charts: hints and errors belong to their control, status is never colour alone."""

from daybook.core.charts import Bar, bar_chart
from daybook.core.styleguide_samples import SampleForm
from daybook.core.templatetags import ui


def test_a_field_ties_hint_and_error_to_its_control() -> None:
    html = str(SampleForm({"email": "nobody"})["email"].as_field_group())
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_email_helptext"' in html
    assert 'id="id_email_error"' in html
    assert '<label class="field-label" for="id_email">' in html
    assert 'class="input"' in html


def test_a_group_of_choices_is_a_fieldset_with_a_legend() -> None:
    html = str(SampleForm()["focus"].as_field_group())
    assert "<fieldset" in html
    assert "<legend>Areas to focus on" in html


def test_a_form_begins_with_links_to_its_mistakes() -> None:
    html = str(SampleForm({"email": "nobody"}))
    assert "data-error-summary" in html
    assert 'href="#id_email"' in html
    assert 'href="#id_focus_group"' in html
    assert 'id="id_focus_group"' in html


def test_only_optional_fields_are_marked() -> None:
    assert "(optional)" in str(SampleForm()["phone"].as_field_group())
    assert "(optional)" not in str(SampleForm()["name"].as_field_group())


def test_a_badge_has_icon_and_words() -> None:
    html = ui.badge("pending")
    assert "badge--warn" in html
    assert "<svg" in html
    assert "Needs approval" in html
    assert ui.badge("due", text="<b>$70 due").count("<b>") == 0


def test_initials_and_hues() -> None:
    assert ui.initials("Ana Duarte") == "AD"
    assert ui.initials("Ana Maria de la Cruz") == "AC"
    assert ui.initials("cher") == "C"
    assert ui.initials("") == ""
    assert ui.hue(0) == ui.hue(8) == "p-teal"


def test_a_chart_is_also_a_table() -> None:
    html = bar_chart([Bar("<1 Nov>", 10, "$10"), Bar("2 Nov", 0, "$0")], "Revenue")
    assert html.count("<rect") == 1
    assert "<1 Nov>" not in html
    assert "<th scope=row>2 Nov</th><td>$0</td>" in html
