"""The engine's answers to the workloads W1–W4 are the reference's; times are for `daybook bench`."""

from hashlib import sha256
from json import dumps

import pytest

from tests.bench.bench_slots import FEATURED, PLAIN, reference_starts, slots, starts
from tests.bench.workloads import DURATION, workload

# number of free starts, sha256 of their JSON list
ANSWERS = {
    1: (363, "27ba8758f0d4fb4af7d7a9dd5266bf69d9acecdc34d19a65ad1dafe272754573"),
    2: (681, "52d69d8a0b74b8cdea15e36a3bd62af66c1a0e8c67781181b58a5389d2e369b3"),
    3: (1364, "8f978a1d3d57ed43c3c55c23301c99802ce02e124b4de7bebd61d250a9090218"),
    4: (4336, "d282e80ccdacb6777cc39e9e5744993aa95d1d8ebd9977582d37dfdeb04525a6"),
}


@pytest.mark.parametrize("number", ANSWERS)
def test_workload_answers_are_the_reference_answers(number: int) -> None:
    work = workload(number)
    found = starts(work, PLAIN)
    assert (len(found), sha256(dumps(found).encode()).hexdigest()) == ANSWERS[number]
    assert found == reference_starts(work)
    assert [slot[:2] for slot in slots(work, PLAIN)] == [(start, start + DURATION) for start in found]


def test_features_take_starts_away_from_the_workload() -> None:
    work = workload(1)
    assert 0 < len(starts(work, FEATURED)) < ANSWERS[1][0]
