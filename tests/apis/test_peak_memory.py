import resource
import runpy
from pathlib import Path

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.benchmark import peak_memory, write_benchmark_video
from stal_plugin.video import probe_video

ROOT = Path(__file__).parents[2]


def test_memory_of_a_whole_run(tmp_path: Path) -> None:
    live = runpy.run_path(str(ROOT / "tests/apis/conftest.py"))
    live["save_tiny_checkpoint"](tmp_path / "c.pth", live["tiny_settings"]())
    write_benchmark_video(tmp_path / "v.mp4", 6, 48, 32)
    det = ActionDetector(tmp_path / "c.pth", device="cpu")
    memory = peak_memory(det, tmp_path / "v.mp4")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert memory.keys() == {"resident_mib"}
    assert 100 < memory["resident_mib"] <= own
    assert probe_video(tmp_path / "out.mp4").num_frames == 6  # outputs are written
