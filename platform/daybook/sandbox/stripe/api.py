"""The way of a request: key, faults, account, contract, idempotency, handler, contract again."""

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from daybook.sandbox.stripe.contract.contract import Contract
from daybook.sandbox.stripe.contract.forms import parse_form
from daybook.sandbox.stripe.contract.problems import Problem
from daybook.sandbox.stripe.contract.rules import TOO_SOON, Asked, check_rules
from daybook.sandbox.stripe.faults import Fault, Faults, Kind
from daybook.sandbox.stripe.idempotency import Answer, Keys
from daybook.sandbox.stripe.listing import expanded
from daybook.sandbox.stripe.params import Params
from daybook.sandbox.stripe.refusals import Refusal, no_key, unsupported_version
from daybook.sandbox.stripe.registry import Call, handlers
from daybook.sandbox.stripe.resources import (  # noqa: F401 - they register their addresses
    accounts,
    customers,
    events,
    money,
    payment_intents,
    payment_methods,
    sessions,
    setup_intents,
)
from daybook.sandbox.stripe.violations import Violations
from daybook.sandbox.stripe.world import Origin, World, public


@dataclass(frozen=True)
class Incoming:
    """A request; header names in lower case."""

    method: str
    path: str
    query: str
    body: bytes
    headers: dict[str, str]

    @property
    def account(self) -> str | None:
        return self.headers.get("stripe-account")

    @property
    def key(self) -> str | None:
        return self.headers.get("idempotency-key") if self.method == "POST" else None

    def parameters(self) -> dict[str, Any]:
        if self.method == "POST" and self.path.startswith("/v2/"):
            found: dict[str, Any] = json.loads(self.body or b"{}")
            return found
        return parse_form(self.body if self.method == "POST" else self.query)

    def fingerprint(self) -> tuple[str, str, str]:
        """What must be the same for the same idempotency key; the order of parameters does not matter."""
        return self.method, self.path, json.dumps(self.parameters(), sort_keys=True)


@dataclass
class Outgoing:
    """An answer; `cut` ends the connection instead, after `wait` seconds."""

    answer: Answer
    request_id: str
    cut: bool = False
    wait: float = 0
    headers: dict[str, str] = field(default_factory=dict)


class Api:
    def __init__(self, world: World, contract: Contract, violations: Violations, secret_key: str) -> None:
        self.world, self.contract, self.violations = world, contract, violations
        self.secret_key = secret_key
        self.keys, self.faults = Keys(), Faults()
        self.log: list[dict[str, Any]] = []
        self._log_lock = threading.Lock()

    def handle(self, asked: Incoming) -> Outgoing:
        request_id = f"req_{secrets.token_hex(7)}"
        fault = self.faults.take(asked.method, asked.path)
        line = self._logged(asked, request_id)
        if fault and fault.kind is Kind.RESET:
            return Outgoing(Answer(0, b""), request_id, cut=True)
        answer = self._answer(asked, request_id, fault)
        line.update(status=answer.status, replayed=answer.replayed)
        out = Outgoing(answer, request_id)
        if fault:
            out.cut = fault.kind is Kind.AFTER_COMMIT
            out.wait = fault.seconds if fault.kind is Kind.LATE else 0
            if fault.retry is not None:
                out.headers["Stripe-Should-Retry"] = str(fault.retry).lower()
        return out

    def _logged(self, asked: Incoming, request_id: str) -> dict[str, Any]:
        try:
            params = asked.parameters()
        except ValueError:
            params = {}
        line = {
            "method": asked.method,
            "path": asked.path,
            "account": asked.account,
            "key": asked.key,
            "params": params,
            "request_id": request_id,
            "status": None,
            "replayed": False,
        }
        with self._log_lock:
            self.log.append(line)
        return line

    def _answer(self, asked: Incoming, request_id: str, fault: Fault | None) -> Answer:
        try:
            self._check_caller(asked)
            with self.world.lock:
                merchant = self.world.merchant(asked.account)
            problems = self._schema_problems(asked)
            if problems:
                return self._refused(asked, problems)
            if asked.key is None:
                return self._executed(asked, request_id, fault)[0]
            return self._once(asked, merchant.id, asked.key, request_id, fault)
        except Refusal as refusal:
            return _answer(refusal.status, refusal.body)

    def _once(self, asked: Incoming, account: str, key: str, request_id: str, fault: Fault | None) -> Answer:
        """The saved answer, or the work. What was refused before the work began is not kept under the key."""
        saved = self.keys.begin(account, key, asked.fingerprint(), self.world.now)
        if saved:
            return saved
        kept = None
        try:
            answer, begun = self._executed(asked, request_id, fault)
            again = asked.path.startswith("/v2/") and answer.status >= 500  # v2 does the work again
            kept = answer if begun and not again else None
        finally:
            self.keys.end(account, key, kept)
        return answer

    def _executed(self, asked: Incoming, request_id: str, fault: Fault | None) -> tuple[Answer, bool]:
        """The answer, and whether the work had begun."""
        if fault and fault.kind is Kind.STATUS:
            return _answer(fault.status, fault.error()), fault.saved
        if fault and fault.kind is Kind.DELAY:
            time.sleep(fault.seconds)
        problems = self._rule_problems(asked)
        if problems:
            return self._refused(asked, problems), False
        with self.world.lock:
            self.world.origin = Origin(request_id, asked.key)
            try:
                return self._reply(asked), True
            except Refusal as refusal:
                return _answer(refusal.status, refusal.body), True
            finally:
                self.world.origin = Origin()

    def _reply(self, asked: Incoming) -> Answer:
        found = self.contract.find(asked.method, asked.path)
        assert found is not None  # the schema's problems have been looked at
        endpoint, ids = found
        params = Params(asked.parameters())
        merchant = self.world.merchant(asked.account)
        call = Call(self.world, merchant, params, ids, asked.path)
        thing = public(handlers[asked.method, endpoint["p"]](call))
        reply = expanded(merchant, thing, params.each("expand"))
        self._check_reply(asked, endpoint["res"], reply)
        return _answer(200, reply)

    # The contract

    def _check_caller(self, asked: Incoming) -> None:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            token = base64.b64decode(token).decode().rstrip(":")
        if token != self.secret_key:
            raise no_key()
        version = asked.headers.get("stripe-version", self.contract.api_version)
        if version != self.contract.api_version:
            self.violations.note("request", asked.method, asked.path, "Stripe-Version", version)
            raise unsupported_version(version, self.contract.api_version)

    def _schema_problems(self, asked: Incoming) -> list[Problem]:
        return self.contract.check_request(asked.method, asked.path, asked.body, asked.query)

    def _rule_problems(self, asked: Incoming) -> list[Problem]:
        found = self.contract.find(asked.method, asked.path)
        assert found is not None
        params = {} if asked.path.startswith("/v2/") else asked.parameters()
        return check_rules(asked.method, found[0]["p"], Asked(params, asked.headers, self.world.seconds))

    def _refused(self, asked: Incoming, problems: list[Problem]) -> Answer:
        """Stripe's own error. Coming too late with `expires_at` is no mistake of the program: it is not noted."""
        for problem in problems:
            if problem.code != TOO_SOON:
                self.violations.note("request", asked.method, asked.path, problem.param, problem.detail)
        first = problems[0]
        body = first.error()
        if first.code == TOO_SOON:
            del body["error"]["code"]
        return _answer(first.status, body)

    def _check_reply(self, asked: Incoming, expected: Any, reply: dict[str, Any]) -> None:
        things = reply["data"] if isinstance(expected, dict) else [reply]
        name = expected["list"] if isinstance(expected, dict) else expected
        for thing in things:
            for problem in self.contract.check_reply(name, thing, complete=True):
                self.violations.note("reply", asked.method, asked.path, problem.param, problem.detail)


def _answer(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(body, indent=2).encode())
