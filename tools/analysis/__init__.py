"""Paper tables, model zoo, record of runs, comparison; no part of the plugin."""
