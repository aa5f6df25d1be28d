"""What a measurement says: goals are ratios of things measured in the same run."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Line:
    """One line: the goal's number, what was measured, the ratio or count, its floor ('<= 8', '' for information)."""

    goal: str
    name: str
    measured: float
    floor: str = ""
    detail: str = ""

    @property
    def met(self) -> bool:
        if not self.floor:
            return True
        sign, number = self.floor.split(" ")
        return self.measured <= float(number) if sign == "<=" else self.measured >= float(number)

    def __str__(self) -> str:
        mark = ("ok" if self.met else "MISSED") if self.floor else ""
        return f"{self.goal:<5} {self.name:<62} {self.measured:>9.{4 if 0 < self.measured < 0.01 else 2}f}  {self.floor:<9} {mark:<7} {self.detail}"


def in_turns(seconds: float, *calls: Callable[[], object]) -> list[float]:
    """Median milliseconds of calls measured in turns, so that a noisy moment hits all of them."""
    spent: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call()
    end = perf_counter() + seconds * len(calls)
    while perf_counter() < end or not spent[-1]:
        for call, times in zip(calls, spent, strict=True):
            began = perf_counter()
            call()
            times.append(perf_counter() - began)
    return [median(times) * 1e3 for times in spent]
