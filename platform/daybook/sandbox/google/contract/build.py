"""Reduces the Calendar v3 discovery document of the installed google-api-python-client to what is checked here."""

import json
import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = "google-api-python-client"
KEPT = {
    "events": "get insert patch update delete list instances watch move import",
    "channels": "stop",
    "calendarList": "list get",
    "calendars": "get insert",
    "freebusy": "query",
    "settings": "get list",
}
PRUNED = {"ConferenceData", "EventAttachment", "EventBirthdayProperties"}  # accepted, not checked

Json = dict[str, Any]


def installed_version() -> str:
    return version(PACKAGE)


def discovery() -> Json:
    """The discovery document as it lies in the installed package; nothing is downloaded."""
    spec = find_spec("googleapiclient")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"{PACKAGE} is not installed")
    folder = Path(spec.submodule_search_locations[0])
    document: Json = json.loads((folder / "discovery_cache" / "documents" / "calendar.v3.json").read_text())
    return document


def build() -> Json:
    """Endpoints, schemas and common parameters. ro: 1 read-only, 2 fixed at creation; v: documented values."""
    document = discovery()
    endpoints = [
        _endpoint(document, document["resources"][resource]["methods"][name])
        for resource, names in KEPT.items()
        for name in names.split()
    ]
    wanted = {endpoint[kind] for endpoint in endpoints for kind in ("request", "response") if kind in endpoint}
    return {
        "source": f"{PACKAGE} {installed_version()}",
        "revision": document["revision"],
        "common": {name: _property(value) for name, value in document["parameters"].items()},
        "endpoints": endpoints,
        "schemas": _schemas(document, wanted),
    }


def _endpoint(document: Json, method: Json) -> Json:
    parameters = method.get("parameters", {})
    query = {name: _parameter(value) for name, value in parameters.items() if value["location"] == "query"}
    endpoint: Json = {
        "id": method["id"],
        "m": method["httpMethod"],
        "p": "/" + document["servicePath"] + method["path"],
        "q": query,
        "scopes": [scope.rsplit("/", 1)[1] for scope in method.get("scopes", [])],
    }
    return endpoint | {kind: method[kind]["$ref"] for kind in ("request", "response") if kind in method}


def _parameter(value: Json) -> Json:
    return {**_property(value), **({"req": 1} if value.get("required") else {})}


def _schemas(document: Json, wanted: set[str]) -> Json:
    schemas: Json = {}
    open_names = sorted(wanted)
    while open_names:
        name = open_names.pop()
        if name in schemas or name in PRUNED:
            continue
        schemas[name] = _object(document["schemas"][name])
        open_names += re.findall(r'"\$": "(\w+)"', json.dumps(schemas[name]))
    return dict(sorted(schemas.items()))


def _object(schema: Json) -> Json:
    properties = schema.get("properties", {})
    required = {
        name: value["annotations"]["required"]
        for name, value in properties.items()
        if value.get("annotations", {}).get("required")
    }
    found: Json = {"t": "obj", "p": {name: _property(value) for name, value in properties.items()}}
    return found | ({"r": required} if required else {})


def _property(value: Json) -> Json:
    if "$ref" in value:
        return {"t": "any"} if value["$ref"] in PRUNED else {"$": value["$ref"]}
    kind = value.get("type", "any")
    if kind == "array":
        found: Json = {"t": "arr", "of": _property(value["items"])}
    elif kind == "object" and "additionalProperties" in value:
        found = {"t": "map", "of": _property(value["additionalProperties"])}
    elif kind == "object":
        found = _object(value)
    else:
        found = _scalar(kind, value)
    text = value.get("description", "").lower()
    if "read-only" in text or "immutable" in text:
        found["ro"] = 1 if "read-only" in text else 2
    return found | ({"rep": 1} if value.get("repeated") else {})


def _scalar(kind: str, value: Json) -> Json:
    found: Json = {"t": kind}
    if "format" in value:
        found["f"] = value["format"]
    if values := value.get("enum") or _values_in_text(value):
        found["v"] = values
    return found | {name: value[name] for name in ("minimum", "maximum", "pattern", "default") if name in value}


def _values_in_text(value: Json) -> list[str]:
    """Many enums of strings are written down only in prose: `Possible values are: - "a" - …`."""
    text = value.get("description", "")
    if value.get("type") != "string" or not re.search(r"[Pp]ossible values are|Valid values", text):
        return []
    if listed := re.findall(r'^\s*- "([\w#.]+)"', text, re.MULTILINE):
        return listed
    pair = re.search(r'"(\w+)" \(or "(\w+)"\)', text)
    return list(pair.groups()) if pair else []
