import sys
from dataclasses import replace

import numpy as np
import pytest
from analysis import paired_seeds
from analysis.collected_runs import find_runs
from analysis.paired_seeds import paired_interval, paired_table
from scipy import stats


def test_interval_is_that_of_a_paired_t_test():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.6, 0.1, 5), rng.normal(0.5, 0.1, 5)
    low, high = stats.ttest_rel(a, b).confidence_interval(0.95)
    middle, half = paired_interval(a.tolist(), b.tolist())
    assert middle - half == pytest.approx(low)
    assert middle + half == pytest.approx(high)


def test_interval_by_hand():
    # differences 0.1, 0.2, 0.3: deviation 0.1, t(2 degrees, 97.5 %) = 4.3027
    middle, half = paired_interval([0.2, 0.4, 0.6], [0.1, 0.2, 0.3])
    assert middle == pytest.approx(0.2)
    assert half == pytest.approx(4.3027 * 0.1 / 3**0.5, rel=1e-4)


def test_one_pair_has_no_interval_and_none_is_an_error():
    assert paired_interval([0.5], [0.25]) == (0.25, float("inf"))
    with pytest.raises(ValueError, match="no seed"):
        paired_interval([], [])


def test_only_common_seeds_are_compared(make_run):
    runs, _ = find_runs(
        [
            *(make_run("yowo_agot", s, 0.5) for s in (0, 1)),
            make_run("linknet-expand_agot", 0, 0.6),
            make_run("linknet-expand_agot", 1, 0.7),
            make_run("linknet-expand_agot", 2, 0.0),
            make_run("fcos_agot", 5, 0.3),
        ]
    )
    head, base, *others = paired_table(runs, "yowo_agot")
    table = {row[0]: dict(zip(head, row, strict=True)) for row in others}
    assert base[:3] == ["yowo_agot", "0, 1", "0.500 ± 0.000"]
    assert base[-2:] == ["", ""]
    linked = table["linknet-expand_agot"]
    assert linked["seeds"] == "0, 1, 2"
    assert linked["difference of frame-mAP@0.5"] == "+0.150"
    # differences 0.1 and 0.2: 12.706 * 0.0707 / sqrt(2)
    assert linked["95 % interval"] == "-0.485 to +0.785"
    assert table["fcos_agot"]["95 % interval"] == ""


def test_starts_and_lengths_are_chosen(make_run, monkeypatch, capsys):
    runs, _ = find_runs([make_run("yowo_agot", s, 0.1 * (s + 1)) for s in range(3)])
    mixed = [runs[0], replace(runs[1], epochs=9), replace(runs[2], notes=())]
    monkeypatch.setattr(paired_seeds, "find_runs", lambda _: (mixed, []))
    command = ["paired_seeds.py", "runs", "--base", "yowo_agot"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit):
        paired_seeds.main()
    assert "trained for [2, 9] epochs: choose with --epochs" in capsys.readouterr().err
    for more, score in ((["--epochs", "9"], 0.2), (["--start", "weights"], 0.3)):
        monkeypatch.setattr(sys, "argv", [*command, *more])
        paired_seeds.main()
        assert f"| {score:.3f} |" in capsys.readouterr().out


def test_unknown_base_is_told(make_run):
    runs, _ = find_runs([make_run("yowo_agot", 0, 0.5)])
    with pytest.raises(ValueError, match="no such run, there are yowo_agot"):
        paired_table(runs, "yowo")
