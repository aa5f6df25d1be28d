"""Checks requests and answers against the contract: names, types, values and what Google says in prose."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, unquote

from daybook.sandbox.google.contract.problems import Problem
from daybook.sandbox.google.contract.rules import Request, broken_rules
from daybook.sandbox.google.contract.values import ValueCheck

Json = dict[str, Any]


class CalendarContract:
    """`document` is what `build` makes."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.schemas: dict[str, Json] = document["schemas"]
        self.common: dict[str, Json] = document["common"]
        routes = [(_pattern(endpoint["p"]), endpoint) for endpoint in document["endpoints"]]
        self._routes = sorted(routes, key=lambda route: route[1]["p"].count("{"))

    def find(self, method: str, path: str) -> tuple[Json | None, dict[str, str]]:
        """The endpoint and the values in its path; None when there is none."""
        for pattern, endpoint in self._routes:
            if endpoint["m"] == method.upper() and (found := pattern.match(path)):
                return endpoint, {name: unquote(value) for name, value in found.groupdict().items()}
        return None, {}

    def check_request(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes | str = b"",
        content_type: str = "application/json",
    ) -> list[Problem]:
        """Unknown, missing and ill-typed parameters and fields."""
        endpoint, _ = self.find(method, path)
        if endpoint is None:
            return [Problem("endpoint", path, "Not Found", 404, "notFound")]
        found = self._query(endpoint, query)
        if "request" not in endpoint:
            return [*found, *([Problem("unknown", "body", "This method takes no body")] if body else [])]
        return found + self._body(endpoint, body, content_type)

    def _query(self, endpoint: Json, query: str) -> list[Problem]:
        check = ValueCheck(self.schemas, form=True)
        given = parse_qs(query, keep_blank_values=True)
        for name, values in given.items():
            schema = endpoint["q"].get(name) or self.common.get(name)
            if schema is None:
                check.add("unknown", name, f"Unknown query parameter {name}")
                continue
            if len(values) > 1 and not schema.get("rep"):
                check.add("type", name, f"{name} may be given once")
            for value in values:
                check.scalar(schema, value, name)
        for name, schema in endpoint["q"].items():
            if schema.get("req") and name not in given:
                check.add("missing", name, f"Required parameter: {name}", reason="required")
        return check.found

    def _body(self, endpoint: Json, body: bytes | str, content_type: str) -> list[Problem]:
        if not content_type.startswith("application/json"):
            return [Problem("type", "Content-Type", "application/json expected", 415, "unsupportedMediaType")]
        try:
            data = json.loads(body or b"null")
        except ValueError:
            return [Problem("type", "", "Parse Error", 400, "parseError")]
        if not isinstance(data, dict):
            return [Problem("missing", "body", "Missing request body", 400, "required")]
        check = ValueCheck(self.schemas, method=endpoint["id"])
        check.value({"$": endpoint["request"]}, data, "")
        return check.found

    def check_scope(self, method: str, path: str, granted: Iterable[str]) -> list[Problem]:
        """`granted` are scopes as whole addresses or their last part. Free/busy is not in the scope of events."""
        endpoint, _ = self.find(method, path)
        have = {scope.rsplit("/", 1)[-1] for scope in granted}
        if endpoint is None or have & set(endpoint["scopes"]):
            return []
        message = "Request had insufficient authentication scopes."
        return [Problem("scope", endpoint["id"], message, 403, "insufficientPermissions")]

    def check_rules(self, method: str, path: str, query: str = "", body: bytes | str = b"") -> list[Problem]:
        """What Google documents and the schema cannot say."""
        endpoint, _ = self.find(method, path)
        if endpoint is None:
            return []
        try:
            data = json.loads(body) if body else {}
        except ValueError:
            return []
        values = {name: given[0] for name, given in parse_qs(query, keep_blank_values=True).items()}
        name = endpoint["id"].removeprefix("calendar.")
        return broken_rules(Request(name, values, data if isinstance(data, dict) else {}))

    def check_reply(self, schema: str, value: Any) -> list[Problem]:
        """An answer of our own, before it is sent."""
        check = ValueCheck(self.schemas, reply=True)
        check.value({"$": schema}, value, schema)
        if schema == "Events" and "nextPageToken" in value and "nextSyncToken" in value:
            check.add("rule", "nextSyncToken", "only the last page has nextSyncToken, only the others nextPageToken")
        return check.found


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("^" + re.sub(r"\{\+?(\w+)\}", r"(?P<\1>[^/]+)", path) + "$")
