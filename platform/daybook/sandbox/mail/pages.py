"""The pages of the mailbox, as text. Everything from a mail is escaped; its HTML is shown in a sandboxed frame only."""

import re
from datetime import UTC, datetime
from html import escape
from string import Template
from urllib.parse import quote, urlencode

from daybook.sandbox.mail.store import Mail

LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")

LAYOUT = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/mailbox.css">
<script type="module" src="/static/mailbox.js"></script>
</head>
<body>
<header class="top">
  <a class="brand" href="/"><span aria-hidden="true">✉</span> Mailbox</a>
  <p>Every mail this machine's Daybook sends. Nothing leaves it.</p>
</header>
<main>$body</main>
</body>
</html>
""")

LIST = Template("""<h1 class="visually-hidden">Mails</h1>
<div class="bar">
  <form role="search">
    <label for="to">Recipient</label>
    <input id="to" name="to" type="search" value="$to" list="recipients" placeholder="all" autocomplete="off">
    <datalist id="recipients">$options</datalist>
    <button>Filter</button>
  </form>
  <p class="count" role="status">$count</p>
  <button type="button" class="quiet" data-clear hidden>Empty the mailbox</button>
</div>
$rows""")

ROW = Template("""<li>
  <a href="/mail/$key">
    <span class="who">$to</span>
    <span class="subject">$subject</span>
    <span class="preview">$preview</span>
    <time datetime="$iso">$when</time>
    $badges
  </a>
</li>
""")

EMPTY = """<section class="empty">
  <h2>No mail yet</h2>
  <p>Sign up, book or cancel something: what Daybook sends appears here by itself.</p>
</section>"""

NO_MATCH = """<section class="empty">
  <h2>No mail for this recipient</h2>
  <p><a href="/">Show all mails</a></p>
</section>"""

DETAIL = Template("""<p class="back"><a href="/">← All mails</a></p>
<article class="mail">
  <h1>$subject</h1>
  <dl>
    <dt>From</dt><dd>$sender</dd>
    <dt>To</dt><dd>$to</dd>
    <dt>Received</dt><dd><time datetime="$iso">$when</time></dd>
  </dl>
  $attachments
  <nav aria-label="Views"><ul class="tabs">$tabs</ul></nav>
  $view
</article>""")


def layout(title: str, body: str) -> str:
    return LAYOUT.substitute(title=escape(title), body=body)


def not_found() -> str:
    body = '<section class="empty"><h2>There is nothing here</h2><p><a href="/">All mails</a></p></section>'
    return layout("Not found · Mailbox", body)


def mail_list(mails: list[Mail], to: str, recipients: list[str]) -> str:
    """The list of mails, filtered by recipient."""
    rows = "".join(row(mail) for mail in mails)
    body = LIST.substitute(
        to=escape(to),
        options="".join(f'<option value="{escape(address)}"></option>' for address in recipients),
        count=f"{len(mails)} {'mail' if len(mails) == 1 else 'mails'}",
        rows=f'<ul class="mails">{rows}</ul>' if rows else NO_MATCH if to else EMPTY,
    )
    return layout("Mailbox", body)


def row(mail: Mail) -> str:
    badges = ["calendar"] if mail.calendar else []
    badges += [f"{len(mail.attachments)} attached"] if mail.attachments else []
    return ROW.substitute(
        key=quote(mail.key),
        to=escape(", ".join(mail.recipients)),
        subject=escape(mail.subject or "(no subject)"),
        preview=escape(" ".join((mail.text or "").split())[:140]),
        badges="".join(f'<span class="badge">{badge}</span>' for badge in badges),
        **moment(mail.received),
    )


def moment(instant: datetime) -> dict[str, str]:
    """An instant for people and for machines, UTC; the script shows it in the reader's zone."""
    return {"iso": instant.isoformat(), "when": instant.astimezone(UTC).strftime("%d %b %Y, %H:%M:%S UTC")}


def mail_detail(mail: Mail, view: str) -> str:
    """One mail in one of its views: "" is the HTML, or the text when it has none."""
    views = {"": "HTML"} if mail.html is not None else {}
    views |= {"text": "Text"} if mail.text is not None else {}
    views |= {"calendar": "Calendar"} if mail.calendar else {}
    views |= {"headers": "Headers", "raw": "Source"}
    shown = view if view in views else next(iter(views))
    body = DETAIL.substitute(
        subject=escape(mail.subject or "(no subject)"),
        sender=escape(mail.sender),
        to=", ".join(f'<a href="/?{escape(urlencode({"to": to}))}">{escape(to)}</a>' for to in mail.recipients),
        attachments=attachments(mail),
        tabs="".join(tab(mail, name, label, name == shown) for name, label in views.items()),
        view=content(mail, shown),
        **moment(mail.received),
    )
    return layout(f"{mail.subject} · Mailbox", body)


def attachments(mail: Mail) -> str:
    items = [
        f'<li><a href="/mail/{quote(mail.key)}/attachment/{number}">{escape(item.filename)}</a> '
        f"<span>{escape(item.content_type)}, {max(1, len(item.content) // 1024)} KB</span></li>"
        for number, item in enumerate(mail.attachments)
    ]
    return f'<ul class="attachments" aria-label="Attachments">{"".join(items)}</ul>' if items else ""


def tab(mail: Mail, name: str, label: str, current: bool) -> str:
    address = f"/mail/{quote(mail.key)}{'/' + name if name else ''}"
    mark = ' aria-current="page"' if current else ""
    return f'<li><a href="{address}"{mark}>{label}</a></li>'


def content(mail: Mail, view: str) -> str:
    if view == "":
        title = escape(f"HTML of: {mail.subject}")
        sandbox = "allow-popups allow-popups-to-escape-sandbox"
        return f'<iframe class="html" title="{title}" sandbox="{sandbox}" src="/mail/{quote(mail.key)}/html"></iframe>'
    if view == "headers":
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in mail.message.items())
        return f'<dl class="headers">{rows}</dl>'
    if view == "calendar" and (calendar := mail.calendar):
        method = f"<p>Method <strong>{escape(calendar['method'] or 'none')}</strong></p>"
        return f"{method}<pre>{escape(calendar['text'])}</pre>"
    if view == "raw":
        download = f'<p><a href="/mail/{quote(mail.key)}/raw/download">Download as .eml</a></p>'
        return f"{download}<pre>{escape(mail.raw.decode('utf-8', 'replace'))}</pre>"
    return f'<pre class="text">{linked(mail.text or "")}</pre>'


def linked(text: str) -> str:
    """Escaped text whose web addresses can be followed."""
    parts, end = [], 0
    for found in LINK.finditer(text):
        address = escape(found[0])
        parts.append(
            f'{escape(text[end : found.start()])}<a href="{address}" target="_blank" rel="noopener">{address}</a>'
        )
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def mail_html(mail: Mail) -> str:
    """The mail's own HTML: links open in a new tab, embedded pictures come from the mail."""
    pictures = re.sub(r"""(["'(])cid:([^"')]+)""", rf"\1/mail/{quote(mail.key)}/inline/\2", mail.html or "")
    base = '<base target="_blank">'
    with_base, count = re.subn(r"(<head[^>]*>)", rf"\1{base}", pictures, count=1, flags=re.IGNORECASE)
    return with_base if count else base + pictures
