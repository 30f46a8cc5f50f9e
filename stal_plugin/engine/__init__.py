"""Running: hooks, the helpers of the command-line tools, the environment check."""
