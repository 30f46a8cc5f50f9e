"""Choose anchors: K-means on the boxes of an annotation, for K = 1, 2, ...

Example:
    python tools/kmeans_anchors.py data/agot/annotations.csv --input-size 224 224
    python tools/kmeans_anchors.py data/agot/annotations.csv --compare CONFIG CONFIG
"""

import argparse
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from stal_plugin.annotations import read_annotation
from stal_plugin.annotations.statistics import box_sizes
from stal_plugin.engine.cli import add_overwrite_argument, one_line_errors
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.files.output_files import check_own_outputs

OUT = Path("work_dirs/anchors")


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ann_csv", help="annotations.csv; its json lies beside it")
    parser.add_argument("--split", default="train")
    parser.add_argument(
        "--input-size", type=int, nargs=2, default=(224, 224), metavar=("W", "H")
    )
    parser.add_argument("--max-k", type=int, default=10)
    parser.add_argument("--metric", choices=["euclidean", "iou"], default="euclidean")
    parser.add_argument(
        "--k",
        type=lambda text: text if text == "auto" else int(text),
        default=5,
        help="anchors of the snippet, or 'auto': the knee",
    )
    parser.add_argument("--stride", type=int, default=32, help="of the snippet")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--compare",
        nargs="+",
        metavar="CONFIG",
        help="instead: how well the anchors of these configs fit the boxes, by size",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=OUT,
        help=f"folder for inertia.png and prior_generator.py; default: {OUT}, where "
        "those of an earlier call are replaced",
    )
    add_overwrite_argument(parser)
    return parser.parse_args()


def make_snippet(anchors: np.ndarray, stride: int) -> str:
    """Return the config of a generator with these anchors."""
    pairs = ", ".join(f"({w:.2f}, {h:.2f})" for w, h in anchors)
    return (
        "prior_generator = dict(\n"
        '    type="stal_plugin.KMeansAnchorGenerator",\n'
        f"    strides=[{stride}],\n"
        f"    base_sizes=[[{pairs}]],  # (w, h) in pixels at the network's input\n"
        ")\n"
    )


def make_table(
    sizes: np.ndarray, anchors: list[np.ndarray], inertias: list[float]
) -> Table:
    """Return one row per K."""
    from stal_plugin.models.task_modules.kmeans import (
        best_possible_recall,
        mean_best_iou,
    )

    table = Table(title=f"Anchors from {len(sizes)} boxes")
    for column in ("K", "inertia (px^2)", "mean best IoU", "recall@0.5", "w x h (px)"):
        table.add_column(column)
    for centers, value in zip(anchors, inertias, strict=True):
        table.add_row(
            str(len(centers)),
            f"{value:.1f}",
            f"{mean_best_iou(sizes, centers):.4f}",
            f"{best_possible_recall(sizes, centers):.4f}",
            " ".join(f"{w:.0f}x{h:.0f}" for w, h in centers),
        )
    return table


def anchors_of(config: str) -> np.ndarray:
    """Return the anchors of a config, ``(A, 2)`` in pixels; of all levels together."""
    from mmengine.config import Config

    from stal_plugin.engine.data_facts import fill_from_data
    from stal_plugin.engine.shipped_files import find_config
    from stal_plugin.registry import TASK_UTILS

    model = Config.fromfile(find_config(config)).get("model", {})
    prior_generator = model.get("bbox_head", {}).get("prior_generator")
    if prior_generator is None:
        raise SystemExit(f"{config}: no model.bbox_head.prior_generator, so no anchors")
    cfg = Config({"model": {"bbox_head": {"prior_generator": prior_generator}}})
    fill_from_data(cfg)
    levels = TASK_UTILS.build(cfg.model.bbox_head.prior_generator).base_sizes
    return np.concatenate([np.asarray(level, dtype=np.float64) for level in levels])


def make_fit_table(sizes: np.ndarray, anchors: dict[str, np.ndarray]) -> Table:
    """Return one row per config: fit to the smallest, middle, largest third and all."""
    from stal_plugin.models.task_modules.anchor_fit import fit_by_size

    table = Table(title="Mean best IoU and share of boxes with an anchor of IoU >= 0.5")
    table.add_column("config")
    for name, values in anchors.items():
        thirds = fit_by_size(sizes, values)
        whole = fit_by_size(sizes, values, parts=1)
        if not table.rows:
            for fit in thirds:
                table.add_column(f"{fit.num_boxes} boxes")
            table.add_column("all")
        cells = [f"{fit.mean_iou:.3f}  {fit.recall:.3f}" for fit in thirds + whole]
        table.add_row(name, *cells)
    return table


def compare(sizes: np.ndarray, configs: list[str], input_size: tuple[int, int]) -> None:
    """Print how well the anchors of the configs fit the boxes."""
    from stal_plugin.models.task_modules.anchor_fit import size_edges

    anchors = {config: anchors_of(config) for config in configs}
    console = Console(width=120, highlight=False)
    console.print(make_fit_table(sizes, anchors))
    edges = size_edges(sizes)
    shares = " and ".join(f"{edge / np.prod(input_size):.4f}" for edge in edges)
    console.print(
        f"Columns: from the smallest boxes to the largest; a group begins at {shares} "
        "of the input's area."
    )


def save_curve(inertias: list[float], knee: int, path: Path) -> None:
    """Draw inertia over K and mark the knee."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    ks = range(1, len(inertias) + 1)
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.plot(ks, inertias, marker="o")
    axes.axvline(knee, linestyle="--", label=f"knee, K = {knee}")
    axes.set(xlabel="number of anchors K", ylabel="inertia (pixels$^2$)", xticks=ks)
    axes.legend()
    with atomic_file(path) as part:
        figure.savefig(part, format="png", dpi=150, bbox_inches="tight")
    plt.close(figure)


@one_line_errors
def main() -> None:
    """Cluster, print, save."""
    args = parse_args()
    files = [args.out / name for name in ("inertia.png", "prior_generator.py")]
    if not args.compare:
        check_own_outputs(files, [args.ann_csv], [OUT], args.overwrite)
    sizes = box_sizes(read_annotation(args.ann_csv), args.split, tuple(args.input_size))
    if len(sizes) == 0:
        raise SystemExit(f"{args.ann_csv} has no box in split '{args.split}'")
    if args.compare:
        compare(sizes, args.compare, tuple(args.input_size))
        return
    from stal_plugin.models.task_modules.kmeans import (
        choose_k,
        inertia,
        kmeans_anchors,
    )

    max_k = min(args.max_k, len(np.unique(sizes.round(6), axis=0)))
    anchors = [
        kmeans_anchors(sizes, k, args.metric, args.seed)
        for k in track(range(1, max_k + 1), "Clustering", console=Console(stderr=True))
    ]
    inertias = [inertia(sizes, centers) for centers in anchors]
    knee = choose_k(inertias)
    k = knee if args.k == "auto" else args.k
    chosen = (
        anchors[k - 1]
        if 1 <= k <= max_k
        else kmeans_anchors(sizes, k, args.metric, args.seed)
    )
    save_curve(inertias, knee, files[0])
    snippet = make_snippet(chosen, args.stride)
    with atomic_file(files[1]) as part:
        part.write_text(snippet)
    console = Console(width=120, highlight=False)
    console.print(make_table(sizes, anchors, inertias))
    console.print(f"Knee of the inertia curve: K = {knee}. Snippet below: K = {k}.\n")
    console.print(snippet, markup=False, soft_wrap=True)
    console.print(f"Saved: {files[0]}, {files[1]}")


if __name__ == "__main__":
    main()
