"""Each sentence of the page on security names a test that exists."""

import re

from .pages import ROOT

PAGE = ROOT / "docs" / "security.md"
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))


def test_the_tests_exist() -> None:
    assert len(TESTS) > 15
    for file, name in TESTS:
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), (file, name)


def test_every_row_names_one() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page.partition("| file |")[2].partition("\n\n")[0]
    rows = table.splitlines()[2:]
    assert len(rows) > 8
    assert not [row for row in rows if "::" not in row]
