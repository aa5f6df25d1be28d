"""The Stripe sandbox as a whole: API, pages, webhooks and control plane on one port of loopback.

GET  /_control/violations   what broke the contract (also requests, events)
POST /_control/<act>        what people, banks and Stripe do: the methods of `Acts`, arguments as JSON
POST /_control/fail         {"kind": "status|reset|delay|after-commit|late", "path", "method", "times", "status", …}
POST /_control/webhooks     {"mode": "send|hold|reorder|drop|duplicate"}, {"flush": true, "order": [ids]}, {"redeliver": id}
POST /_control/reset
GET  /healthz
"""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from daybook.sandbox.stripe import checkout
from daybook.sandbox.stripe.acts import Acts
from daybook.sandbox.stripe.api import Api
from daybook.sandbox.stripe.contract import cache
from daybook.sandbox.stripe.delivery import Delivery, Endpoint, Webhooks
from daybook.sandbox.stripe.faults import Fault, Kind
from daybook.sandbox.stripe.hosted import Hosted
from daybook.sandbox.stripe.keeping import Keeper
from daybook.sandbox.stripe.violations import Violations
from daybook.sandbox.stripe.web import StripeServer
from daybook.sandbox.stripe.world import Obj, World, public

SECRET_KEY = "sk_test_sandbox"
SECRETS = {"connect": "whsec_test_connect", "account": "whsec_test_account", "thin": "whsec_test_thin"}


class StripeSandbox(Acts):
    """`with StripeSandbox(folder) as stripe:` runs it at `stripe.url`; port 0 takes a free one.

    `folder` keeps the contract between runs. `webhooks` says where events go; an endpoint without a URL keeps them
    until `take()`. `settles`: what test cards promise for later happens by itself, at the next tick. `kept` is a file
    that keeps the state over a restart. `clock` says where the time stands here, None while it runs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        url: str = "",
        secret_key: str = SECRET_KEY,
        webhooks: dict[str, Endpoint] | None = None,
        settles: bool = False,
        kept: Path | None = None,
        clock: Callable[[], datetime | None] | None = None,
    ) -> None:
        self.contract = cache.installed(folder)
        super().__init__(World(self.contract.api_version))
        self.noted = Violations()
        self.api = Api(self.world, self.contract, self.noted, secret_key)
        self.hosted = Hosted(self.world)
        self.initial_endpoints = webhooks or {kind: Endpoint((secret,)) for kind, secret in SECRETS.items()}
        self.webhooks = Webhooks(dict(self.initial_endpoints), self._tick)
        self.world.announce = self._announce
        self._settles, self._clock = settles, clock
        self._keeper = Keeper(self.world, kept) if kept else None
        self.web = StripeServer((host, port), self)
        self.world.base_url = url or f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self.web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return int(self.web.server_address[1])

    @property
    def url(self) -> str:
        return self.world.base_url

    def __enter__(self) -> Self:
        self._thread.start()
        self.webhooks.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.webhooks.stop()
        self.web.shutdown()
        self.web.server_close()
        if self._keeper:
            self._keeper.keep()

    def _tick(self) -> None:
        stopped = self._clock() if self._clock else None
        with self.world.lock:
            if self._clock:
                self.world.stopped_at = stopped.timestamp() if stopped else None
            checkout.expire_late(self.world)
            if self._settles:
                self.settle()
            if self._keeper:
                self._keeper.keep()

    def _announce(self, kind: str, event: Obj) -> None:
        """Check what is told to webhooks, and send it."""
        name = "v2.core.event" if kind == "thin" else "event"
        problems = self.contract.check_reply(name, public(event), complete=True)
        thing = event.get("data", {}).get("object", {})
        if thing.get("object") in self.contract.objects and not thing.get("deleted"):
            problems += self.contract.check_reply(thing["object"], thing, complete=True)
        for problem in problems:
            self.noted.note("event", "", event["type"], problem.param, problem.detail)
        self.webhooks.announce(kind, event)

    # The control plane

    @property
    def violations(self) -> list[dict[str, str]]:
        """What broke the contract since the last reset."""
        return self.noted.all()

    def requests(self, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """The API's requests since the last reset, oldest first; `path` is a part of the address."""
        return [line for line in self.api.log if method in ("", line["method"]) and path in line["path"]]

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """Every event of every account, oldest first, of a kind when one is given."""
        with self.world.lock:
            found = [
                thing
                for merchant in self.world.merchants()
                for thing in merchant.objects.values()
                if thing["object"] in ("event", "v2.core.event") and kind in ("", thing["type"])
            ]
            return [public(event) for event in found]

    def fail(self, kind: str, **fault: Any) -> None:
        """The next matching request goes wrong; see `Fault` for what may be said."""
        self.api.faults.add(Fault(Kind(kind), **fault))

    def reset_faults(self) -> None:
        """Nothing goes wrong any more."""
        self.api.faults.clear()

    def redeliver(self, event: str) -> None:
        """Send an event again."""
        with self.world.lock:
            merchant = self.world.owner(event)
            thing = merchant.objects[event]
            thin, own = thing["object"] == "v2.core.event", merchant is self.world.platform
            self.webhooks.redeliver(thing, "thin" if thin else "account" if own else "connect")

    def take(self) -> list[tuple[Delivery, Endpoint]]:
        """The deliveries that wait at endpoints without a URL, in order."""
        return self.webhooks.take()

    def reset(self) -> None:
        """As new: nothing connected, nothing held, nothing broken."""
        with self.world.lock:
            self.world.clear()
            self.api.keys.clear()
            self.api.faults.clear()
            self.api.log.clear()
            self.noted.clear()
            self.webhooks.clear()
            self.webhooks.endpoints = dict(self.initial_endpoints)
