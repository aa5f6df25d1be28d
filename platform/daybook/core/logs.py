"""Log lines: one JSON object each, with the request and the schema, without anything personal."""

import json
import logging
import re
from datetime import UTC, datetime

import structlog

_SECRETS = re.compile(
    r"(?:[sp]k_(?:live|test)_|whsec_|rk_live_)[\w-]+"
    r"|Bearer\s+\S+"
    r"|[?&](?:t|code|key|hold)=[^&\s\"']+"
    r"|token=[^&\s\"']+"
    r"|/calendar/[\w-]{20,}"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+",
)


def clean(text: str) -> str:
    """The text without e-mail addresses, tokens and keys."""
    return _SECRETS.sub("[hidden]", text)


class Formatter(logging.Formatter):
    """Writes a record as JSON: time (UTC), level, logger, message, schema, request id; secrets are blotted out."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": clean(record.getMessage()),
            "schema": _schema(),
            **structlog.contextvars.get_contextvars(),
        }
        if record.exc_info:
            line["error"] = clean(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def _schema() -> str:
    from django.apps import apps

    if not apps.ready:
        return ""
    from django.db import connection

    return str(getattr(connection, "schema_name", ""))
