import io

import pytest

from stal_plugin.annotations.importers import xml_stream
from stal_plugin.annotations.importers.xml_stream import xml_parts


def _read(text: str) -> list:
    parts = xml_parts("f.xml", io.BytesIO(text.encode()))
    return [
        (p.tag, p.line, p.attrib, p.content, [e.tag for e in p.children]) for p in parts
    ]


@pytest.mark.parametrize("chunk", [1, 7, 1 << 16])
def test_parts_in_order(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(xml_stream, "_CHUNK", chunk)
    text = '<annotations>\n<b k="1"> x </b>y<c><d>&lt;e</d>\n<d/></c></annotations>'
    assert _read(text) == [
        ("b", 2, {"k": "1"}, "x", []),
        ("c", 2, {}, "", ["d", "d"]),
    ]
    (_, part) = xml_parts("f.xml", io.BytesIO(text.encode()))
    assert [(e.content, e.line) for e in part.children] == [("<e", 2), ("", 3)]


def test_parts_come_before_the_end_of_the_file() -> None:
    text = "<annotations>" + "<b>x</b>" * 20_000
    parts = xml_parts("f.xml", io.BytesIO(text.encode()))
    assert next(parts).content == "x"
    with pytest.raises(ValueError, match="no complete XML"):
        list(parts)


def test_cut_files_other_roots_and_entities_are_refused() -> None:
    with pytest.raises(ValueError, match=r"f\.xml is no complete XML file"):
        _read("<annotations><b>")
    with pytest.raises(ValueError, match=r"line 2: the file starts with <rss>"):
        _read("\n<rss/>")
    bomb = '<!DOCTYPE a [<!ENTITY x "y">]>\n<annotations>&x;</annotations>'
    with pytest.raises(ValueError, match=r"f\.xml, line 1: a DOCTYPE"):
        _read(bomb)
