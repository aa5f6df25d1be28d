"""Speaking JSON to the tenant-admin API, by a member's session or a secret key."""

from typing import Any

from tenants.models import Business, Membership
from tenants.services import keys
from tests.conftest import HostClient
from tests.factories import sign_in

PREFIX = "/v1/tenant-admin"


class Staff:
    """`staff.get("/services")`; answers keep `status_code`, `json()` and headers."""

    def __init__(self, client: HostClient, authorization: str = "") -> None:
        self.client, self.authorization = client, authorization

    def get(self, path: str, **query: Any) -> Any:
        return self._send("get", path, query)

    def delete(self, path: str) -> Any:
        return self._send("delete", path, None)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("post", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any) -> Any:
        return self._send("put", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self._send("patch", path, body)

    def _send(self, method: str, path: str, data: Any, **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.authorization:
            sent["Authorization"] = self.authorization
        options: dict[str, Any] = {"headers": sent}
        if method != "get":
            options["content_type"] = "application/json"
        return getattr(self.client, method)(PREFIX + path, data, **options)


def by_key(business: Business, client: HostClient, scopes: tuple[str, ...] = ("read", "write")) -> Staff:
    """A program with a secret key."""
    return Staff(client, f"Bearer {keys.make_secret(business=business, name='Test', by=None, scopes=scopes)[1]}")


def as_member(member: Membership) -> Staff:
    """A member in his own session on the business's host."""
    return Staff(sign_in(HostClient(f"{member.business.slug}.localhost"), member))
