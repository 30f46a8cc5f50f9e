import io

import pytest

from stal_plugin.annotations.importers.xml_stream import XmlStream


def _read(text: str) -> list:
    events: list = []
    stream = XmlStream(
        "f.xml",
        lambda name, attributes: events.append((stream.line, name, attributes)),
        lambda name, text: events.append(([*stream.open], name, text)),
    )
    stream.parse(io.BytesIO(text.encode()))
    return events


def test_elements_open_and_close_in_order():
    assert _read('<a>\n<b k="1"> x </b>y<c/></a>') == [
        (1, "a", {}),
        (2, "b", {"k": "1"}),
        (["a", "b"], "b", "x"),
        (2, "c", {}),
        (["a", "c"], "c", ""),
        (["a"], "a", ""),
    ]


def test_cut_files_and_entities_are_refused():
    with pytest.raises(ValueError, match=r"f\.xml is no complete XML file"):
        _read("<a><b>")
    bomb = '<!DOCTYPE a [<!ENTITY x "y">]>\n<a>&x;</a>'
    with pytest.raises(ValueError, match=r"f\.xml, line 1: a DOCTYPE"):
        _read(bomb)
