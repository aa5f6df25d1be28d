"""The frame of every page."""

from html import escape
from string import Template

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/google.css">
</head>
<body>
<header class="top"><a class="brand" href="/">Stand-in for Google</a>
<p>Calendars of this machine only. Nothing leaves it.</p></header>
<main>$body</main>
</body>
</html>
""")


def layout(title: str, body: str) -> str:
    """`body` is HTML already."""
    return PAGE.substitute(title=escape(title), body=body)
