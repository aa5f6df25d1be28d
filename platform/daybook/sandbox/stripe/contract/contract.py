"""Requests and replies against the document of `build.py`."""

import json
import re
from collections.abc import Iterator
from typing import Any

from daybook.sandbox.stripe.contract.forms import parse_form
from daybook.sandbox.stripe.contract.problems import Problem
from daybook.sandbox.stripe.contract.values import Values

Schema = dict[str, Any]


class Contract:
    """Knows every endpoint and object; what it reports is what Stripe would refuse, or never send."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.api_version: str = document["api_version"]
        self.objects: dict[str, Schema] = document["objects"]
        self.values = Values(document)
        routes = [(_pattern(endpoint["p"]), endpoint) for endpoint in document["endpoints"]]
        self._routes = sorted(routes, key=lambda route: str(route[1]["p"]).count("{"))  # literal paths win

    def find(self, method: str, path: str) -> tuple[Schema, dict[str, str]] | None:
        """The endpoint, and the ids in its address."""
        for pattern, endpoint in self._routes:
            if endpoint["m"] == method and (found := pattern.match(path)):
                return endpoint, found.groupdict()
        return None

    def check_request(self, method: str, path: str, body: bytes | str = b"", query: str = "") -> list[Problem]:
        """What the schema objects to."""
        found = self.find(method, path)
        if found is None:
            return [Problem("endpoint", "", f"Unrecognized request URL ({method}: {path}).", 404)]
        endpoint = found[0]
        form = endpoint["enc"] != "json" or method != "POST"
        try:
            parameters = parse_form(body if method == "POST" else query or body) if form else json.loads(body or b"{}")
        except ValueError as error:
            return [Problem("type", "", str(error))]
        return list(self.values.asked(endpoint["req"], parameters, "", form=form))

    def check_reply(self, name: str, value: Any, *, complete: bool = False) -> list[Problem]:
        """What an object may not look like; `complete` also reports fields it lacks that are never null."""
        return list(self._reply(name, value, complete))

    def _reply(self, name: str, value: Any, complete: bool) -> Iterator[Problem]:
        if not (isinstance(value, dict) and value.get("deleted") is True):
            yield from self.values.answered({"t": "obj_ref", "of": name}, value, name, complete=complete)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "$")
