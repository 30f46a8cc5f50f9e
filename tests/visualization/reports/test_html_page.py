import html.parser

from stal_plugin.visualization.reports.report_part import (
    Picture,
    ReportPart,
    ReportTable,
)
from stal_plugin.visualization.reports.run_report import html_page, write_page


class Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.texts.append(data.strip())


def _read(*parts: ReportPart) -> Reader:
    reader = Reader()
    reader.feed(html_page("a < b & c", "lead", parts))
    return reader


def test_texts_are_escaped_and_numbers_aligned():
    table = ReportTable("cap", ["name", "n"], [["<script>", "1.5"]])
    reader = _read(ReportPart("<b>", ["x > y"], [table]))
    for text in ("a < b & c", "<b>", "x > y", "<script>", "1.5"):
        assert text in reader.texts
    tags = [tag for tag, _ in reader.tags]
    assert "script" not in tags
    assert "b" not in tags
    assert ("td", {"class": "n"}) in reader.tags
    assert ("th", {"scope": "row"}) in reader.tags


def test_pictures_have_their_alternative_and_folded_parts_are_folded():
    picture = Picture("data:image/png;base64,AA", 'a "quoted" one', "below")
    reader = _read(
        ReportPart("p", pictures=[picture], folded=True),
        ReportPart("s", strips=[("row", [picture, picture])]),
    )
    images = [attrs for tag, attrs in reader.tags if tag == "img"]
    assert [i["alt"] for i in images] == ['a "quoted" one'] * 3
    assert [tag for tag, _ in reader.tags].count("details") == 1
    assert "row" in reader.texts


def test_missing_parts_say_so_and_are_listed():
    reader = _read(ReportPart("Anchors", missing="no K-means"))
    assert "Left out: no K-means" in reader.texts
    assert ("a", {"href": "#part1"}) in reader.tags
    assert ("section", {"id": "part1"}) in reader.tags


def test_nothing_is_loaded_from_elsewhere():
    text = html_page("t", "l", [])
    assert "http" not in text
    assert '<link rel="icon" href="data:,">' in text


def test_write_page(tmp_path):
    write_page(tmp_path / "new/page.html", "ä")
    assert (tmp_path / "new/page.html").read_bytes() == "ä".encode()
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["page.html"]
