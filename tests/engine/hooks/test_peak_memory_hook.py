import json
import multiprocessing
import subprocess
import sys

import pytest

from stal_plugin.engine.hooks.peak_memory_hook import peak_memory, peak_worker_memory

MIB = 2**20


def test_peak_grows_with_what_is_used():
    before = peak_memory()["peak_rss"]
    block = bytearray(int((before + 50) * MIB))  # more than there ever was
    block[::4096] = b"x" * len(block[::4096])
    after = peak_memory()["peak_rss"]
    assert after - before > 45
    del block
    assert peak_memory()["peak_rss"] >= after


def test_peak_is_not_that_of_the_process_that_started_this_one():
    block = bytearray(300 * MIB)
    code = (
        "from stal_plugin.engine.hooks.peak_memory_hook import peak_resident\n"
        "print(peak_resident('self'))"
    )
    whole = peak_memory()["peak_rss"]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    peak = float(done.stdout)
    if peak == 0:
        pytest.skip("this system does not tell the memory of other processes")
    assert len(block) == 300 * MIB
    assert 10 < peak < whole - 100


def work(queue, size):
    block = bytearray(size)
    block[::4096] = b"x" * len(block[::4096])
    queue.put(len(block))
    queue.get()


def test_workers_are_seen_while_they_run():
    assert peak_worker_memory() == 0
    context = multiprocessing.get_context("fork")
    ready, stop = context.Queue(), context.Queue()

    class Both:
        put, get = ready.put, stop.get

    process = context.Process(target=work, args=(Both, 100 * MIB))
    process.start()
    ready.get(timeout=30)
    peak = peak_worker_memory()
    stop.put(None)
    process.join()
    if peak == 0:
        pytest.skip("this system does not tell the memory of other processes")
    assert peak > 100


def test_is_logged_each_epoch(tiny_runner, tmp_path):
    runner = tiny_runner(**{"train_dataloader.num_workers": 1})
    runner.train()
    lines = next((tmp_path / "run").glob("*/vis_data/scalars.json")).read_text()
    rows = [json.loads(line) for line in lines.splitlines()]
    peaks = [row["train/peak_rss"] for row in rows if "train/peak_rss" in row]
    assert len(peaks) == 2
    assert 0 < peaks[0] <= peaks[1]
    assert any(row.get("train/peak_rss_worker", 0) > 0 for row in rows)
