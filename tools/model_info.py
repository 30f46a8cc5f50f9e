"""Print parameters and multiply-adds of configs as a markdown table."""

import argparse

from stal_plugin.engine.cli import one_line_errors


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "configs", nargs="+", help="e.g. configs/*.py configs/mini/*.py"
    )
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Build each config's network and count."""
    args = parse_args()
    from mmengine.config import Config

    from stal_plugin.reporting.model_cost import model_cost

    print("| config | clip (T x H x W) | parameters (M) | multiply-adds (G) |")
    print("|---|---|---|---|")
    for path in args.configs:
        cost = model_cost(Config.fromfile(path))
        clip = " x ".join(map(str, cost.clip))
        print(
            f"| `{path}` | {clip} | {cost.parameters / 1e6:.2f} | "
            f"{cost.multiply_adds / 1e9:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
