"""Over HTTP (goals 4 and 9): W1's endpoint and tenant routing against an empty view, each on a gunicorn of its own."""

import selectors
import socket
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from statistics import median
from time import perf_counter

from tenants.models import Business
from tests.bench.bench_reads import fill
from tests.bench.report import Line, in_turns
from tests.bench.workloads import START, ZONE, workload
from tests.faults.processes import eventually, free_port, get, web

OPTIONS = ("--worker-class", "gthread", "--workers", "4", "--threads", "2", "--keep-alive", "60")
CLIENTS = 16


class Asker:
    """One client with a connection that stays open. It throws bodies away, to leave the processors to the servers."""

    _room = memoryview(bytearray(1 << 18))

    def __init__(self, port: int, path: str, host: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        self.missing = -1

    def send(self) -> None:
        self.missing = -1
        self.socket.sendall(self.request)

    def receive(self) -> bool:
        """Read what is there; whether the answer is complete. The head comes in one piece: gunicorn sends it so."""
        length = self.socket.recv_into(self._room)
        if self.missing >= 0:
            self.missing -= length
            return self.missing == 0
        head, _, _ = bytes(self._room[: min(length, 4096)]).partition(b"\r\n\r\n")
        assert head.lower().startswith(b"http/1.1 200"), head
        body = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        self.missing = body + len(head) + 4 - length
        return self.missing == 0

    def ask(self) -> None:
        self.send()
        while not self.receive():
            pass


def throughput(make: Callable[[], Asker], seconds: float) -> float:
    """Requests per second of sixteen clients who ask again as soon as they are answered.

    They come one after another, not at once: else one process of gunicorn would often accept nearly all of them.
    """
    ready, askers, done = selectors.DefaultSelector(), [], 0
    for _ in range(CLIENTS):
        askers.append(make())
        askers[-1].ask()
    for asker in askers:
        ready.register(asker.socket, selectors.EVENT_READ, asker)
        asker.send()
    began = perf_counter()
    while perf_counter() - began < seconds:
        for key, _events in ready.select(1):
            if key.data.receive():
                done += 1
                key.data.send()
    for asker in askers:
        asker.socket.close()
    return done / (perf_counter() - began)


def run(business: Business, seconds: float) -> list[Line]:
    """W1's endpoint with its real body, alone and under sixteen clients; an empty view with routing."""
    work = workload(1)
    service = fill(business, work)
    last = START + timedelta(work.days - 1)
    query = f"start_date={START}&end_date={last}&timezone={ZONE}"
    slots, host = f"/v1/public/services/{service.pk}/availability?{query}", f"{business.slug}.localhost"
    places = {"empty": ("/nothing", "localhost"), "routing": ("/nothing", host), "platform": (slots, host)}
    ports = {name: free_port() for name in places}
    with ExitStack() as servers:
        for name, port in ports.items():
            servers.enter_context(web(port, *OPTIONS, application="tests.bench.wsgi:application", BENCH_SERVES=name))
        make = {name: partial(Asker, ports[name], *place) for name, place in places.items()}
        for name, (path, who) in places.items():
            eventually(lambda name=name, path=path, who=who: get(ports[name], path, who)[0] == 200)  # type: ignore[misc]
        askers = {name: one() for name, one in make.items()}
        assert get(ports["platform"], slots, host)[1].count(b'"start_time"') == 363
        empty, routed, full = in_turns(seconds, *(askers[name].ask for name in places))
        rounds = [[throughput(make[name], seconds / 6) for name in ("empty", "platform")] for _ in range(10)][1:]
    detail = f"p50 {full:.2f} ms, empty view {empty:.2f} ms"
    nothing, slots_rate = (median(rates) for rates in zip(*rounds, strict=True))
    return [
        Line("4", "W1 over HTTP, of an empty view", full / empty, "<= 8", detail),
        Line("4", "W1 requests a second at 16 clients, of an empty view's", slots_rate / nothing, ">= 0.3",
             f"{slots_rate:.0f} and {nothing:.0f} a second"),
        Line("9", "tenant routing on a remembered host, in empty views", (routed - empty) / empty, "<= 0.3"),
    ]  # fmt: skip
