import base64
import re
import shutil
from dataclasses import replace

import pytest

from stal_plugin.visualization.reports.evaluated_run import (
    EvaluatedRun,
    MissingDataError,
)
from stal_plugin.visualization.reports.html_page import ReportPart, write_page
from stal_plugin.visualization.reports.run_report import (
    distribution_part,
    part_or_reason,
    run_report,
    setting_part,
    training_part,
)


def _titles(text: str) -> list[str]:
    return re.findall(r"<h2>(.*)</h2>", text)


def test_all_parts_are_there(make_tested_run):
    run = EvaluatedRun.read(make_tested_run(right=4))
    text = run_report(run)
    assert _titles(text) == [
        *("In short", "Scores", "Classes", "Confusion", "Examples", "Tube timelines"),
        *("Errors", "PR curves", "AP by box size", "Training", "Class distribution"),
        *("Anchors", "Protocol", "Configuration"),
    ]
    assert text.count("<details>") == 13  # all but the first
    assert f"<h1>{run.work_dir.name}: test report</h1>" in text
    assert "on 20 key frames of 2 videos of synthetic footage" in text
    assert "Left out" not in text
    assert "down &amp; out" in text


def test_what_a_run_lacks_is_named(make_tested_run):
    run = EvaluatedRun.read(make_tested_run())
    (run.work_dir / "t0/vis_data/scalars.json").unlink()
    (run.ann_file.parent / "b.mp4").unlink()
    run.cfg.model.pop("head")
    text = run_report(run)
    reasons = re.findall(r"Left out: ([^<]*)", text)
    assert len(reasons) == 3
    assert "b.mp4 is missing" in reasons[0]
    assert "no training log" in reasons[1]
    assert "no K-means anchors" in reasons[2]
    assert len(_titles(text)) == 14


HOSTILE = ["<script>alert(1)</script>", "[red]hot[/red] $5 & $6", "never"]


def test_names_of_classes_are_shown_as_they_are(make_tested_run):
    run = EvaluatedRun.read(make_tested_run(right=4))
    named = replace(run, annotation=replace(run.annotation, classes=HOSTILE))
    text = run_report(named)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "[red]hot[/red] $5 &amp; $6" in text
    charts = [
        base64.b64decode(data).decode()
        for data in re.findall(r"data:image/svg\+xml;base64,([^\"]*)", text)
    ]
    assert not any("<script" in chart for chart in charts)
    assert any("[red]hot[/red] $5 &amp; $6" in chart for chart in charts)


# the colour of a corner of the first chart
CORNER = """(() => {
    const image = document.querySelector('.charts img');
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return [...context.getImageData(2, 2, 1, 1).data].slice(0, 3);
})()"""


# tables that are wider than their place
CUT = """[...document.querySelectorAll('.scroll')].filter(
    e => e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)"""


@pytest.mark.browser
def test_in_a_browser(make_tested_run, browser, tmp_path):
    page = tmp_path / "report.html"
    write_page(page, run_report(EvaluatedRun.read(make_tested_run(right=4))))
    del browser.events[:]
    for width, scheme in ((390, "light"), (390, "dark"), (1200, "light")):
        browser.open(page, width, 844, scheme)
        pictures = browser.eval(
            "[...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt])"
        )
        assert (
            len(pictures) == 9 + 4 + 13 + 2
        )  # charts, hits and errors, examples, timelines
        assert all(loaded and alt.strip() for loaded, alt in pictures)
        # three scores, the extremes, hits and errors on the first screen; the rest is
        # folded
        bottom = "document.querySelector('.strip').getBoundingClientRect().bottom"
        assert browser.eval(bottom) < (1400 if width < 500 else 900)
        assert browser.eval("document.documentElement.scrollHeight") < 3000
        # also with everything unfolded
        browser.eval("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert browser.eval("document.documentElement.scrollWidth") <= width
        assert width < 500 or browser.eval(CUT) == []
        # black ink on a dark page could not be read: the charts follow
        back = browser.eval("getComputedStyle(document.body).backgroundColor")
        colors = [*map(int, re.findall(r"\d+", back)[:3]), *browser.eval(CORNER)]
        dark = scheme == "dark"
        assert max(colors) < 64 if dark else min(colors) > 200
    assert browser.complaints() == []
    assert set(browser.requests()) == {page.as_uri()}


def test_training(run):
    assert "from 1 to 1" in training_part(run).pictures[0].alt
    shutil.rmtree(run.work_dir / "t0")
    with pytest.raises(FileNotFoundError, match=r"tools/train\.py"):
        training_part(run)


def test_distribution_goes_by_training(run):
    part = distribution_part(run)
    assert part.texts == ["Most frequent to rarest class of split train: 2 to 1 boxes."]
    assert "train: up 2, down & out 1, never 0" in part.pictures[0].alt


def test_setting_shows_seed_versions_and_config(run):
    log = run.work_dir / "t0/t0.log"
    log.write_text("x\n    PyTorch: 2.9.0\n    seed: 7\nseed: 8\n")
    part = setting_part(run)
    rows = dict(part.tables[0].rows)
    assert rows["seed (config)"] == "3"
    assert rows["PyTorch (training log)"] == "2.9.0"
    assert rows["seed (training log)"] == "7"
    assert "mmengine (this report)" in rows
    assert "KMeansAnchorGenerator" in part.code


@pytest.mark.parametrize("error", [FileNotFoundError, MissingDataError])
def test_a_part_that_cannot_be_made_says_why(error):
    def make() -> ReportPart:
        raise error("no log is there")

    part = part_or_reason("Training", make)
    assert part == ReportPart("Training", missing="no log is there")


def test_a_fault_of_the_program_is_not_hidden():
    with pytest.raises(KeyError):
        part_or_reason("x", lambda: {}["key"])


def test_a_part_that_can_be_made_is_returned():
    part = ReportPart("x", ["text"])
    assert part_or_reason("y", lambda: part) is part
