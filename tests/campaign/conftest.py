"""The campaign: faults at random moments, in every part of the package, counted.

A short form with fixed seeds runs with the other tests. The long form goes on until its
time is over, watches a camera for an hour, and prints the same table:

    CAMPAIGN_MINUTES=15 python -m pytest -n0 tests/campaign
"""

import itertools
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .workshop import TINY, Workshop, make_workshop

MINUTES = float(os.environ.get("CAMPAIGN_MINUTES", "0"))
_SHOWN = 10


@dataclass
class Part:
    """Cases of one kind and what came of them."""

    name: str
    seconds: float
    wrong: list[str] = field(default_factory=list)
    tried: int = 0
    notes: str = ""

    def cases(self, short: int) -> Iterator[random.Random]:
        """Generators of random numbers, one per case.

        Args:
            short: Number of cases of the short form.
        """
        end = time.monotonic() + self.seconds
        for number in itertools.count() if MINUTES else range(short):
            if MINUTES and number >= short and time.monotonic() > end:
                return
            yield random.Random(f"{self.name} {number}")

    def record(self, case: str, problem: str | None) -> None:
        """Count a case.

        Args:
            case: What was done.
            problem: What is wrong about the result; None if nothing is.
        """
        self.tried += 1
        if problem is not None:
            self.wrong.append(f"{case}: {problem}")


@pytest.fixture
def campaign(request: pytest.FixtureRequest) -> Callable:
    """Return a context manager that counts the cases of a part.

    Its arguments are the name of the part and its share of ``CAMPAIGN_MINUTES``.
    """

    @contextmanager
    def part(name: str, share: float) -> Iterator[Part]:
        cases = Part(name, share * MINUTES * 60)
        yield cases
        counts = (name, cases.tried, len(cases.wrong), cases.notes)
        request.node.user_properties.append(("campaign", counts))
        assert not cases.wrong, "\n".join(cases.wrong[:_SHOWN])

    return part


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts."""
    reports = itertools.chain.from_iterable(terminalreporter.stats.values())
    rows = [
        counts
        for report in reports
        if getattr(report, "when", None) == "call"
        for key, counts in report.user_properties
        if key == "campaign"
    ]
    if not rows:
        return
    terminalreporter.section("campaign")
    terminalreporter.write_line(f"{'part':<44}{'tried':>8}{'right':>8}{'wrong':>8}")
    for name, tried, wrong, notes in sorted(rows):
        line = f"{name:<44}{tried:>8}{tried - wrong:>8}{wrong:>8}  {notes}"
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory, own_data: Path) -> Workshop:
    """Inputs for the tools."""
    sys.path.insert(0, str(TINY))
    return make_workshop(tmp_path_factory.mktemp("workshop"), own_data)
