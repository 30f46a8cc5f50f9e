# Everything happens in .venv; nothing outside this folder is touched.
# Options: PYTHON=python3.11   TORCH_INDEX=<index URL of a CPU or CUDA build of torch>
# Without TORCH_INDEX, Linux without an NVIDIA driver takes the CPU build, if its index
# answers: PyPI's build for Linux brings gigabytes of CUDA.
PYTHON ?= python3
TORCH_INDEX ?=
CPU_INDEX := https://download.pytorch.org/whl/cpu
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(VENV)/bin/pip
PIP_INSTALL := $(PIP) install --quiet --disable-pip-version-check --progress-bar off -c constraints.txt
STAMP := $(VENV)/.installed
MINI := data/agot-mini
CONFIG := configs/mini/yowo-fpn_agot.py
DEMO := work_dirs/demo
# One more than cores: some tests wait for streams, time-outs and other processes.
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
export PYTHONUNBUFFERED := 1
# Compiled modules are kept: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test lint doctor standin standin-mini standin-val standin-longtail standin-jhmdb clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1|/' | column -t -s '|'

install: $(STAMP) ## Create .venv with pinned dependencies (no compiler needed)

$(STAMP): setup.py constraints.txt
	@$(PYTHON) -c 'import sys; v=sys.version_info[:2]; sys.exit(0 if (3,10)<=v<(3,15) else "Python %d.%d found, 3.10 to 3.14 needed: make PYTHON=python3.13 ..." % v)'
	@echo "== Installing into $(VENV) (about two minutes)"
	$(PYTHON) -m venv $(VENV)
	@index='$(TORCH_INDEX)'; \
	if [ -z "$$index" ] && [ "$$(uname)" = Linux ] && [ ! -e /proc/driver/nvidia ] && ! command -v nvidia-smi >/dev/null; then \
	  if $(RUN) -c 'from urllib.request import urlopen; urlopen("$(CPU_INDEX)/torch/", timeout=5)' 2>/dev/null; \
	  then index=$(CPU_INDEX); echo "== No NVIDIA driver: torch for the CPU, from $$index"; \
	  else echo "== No NVIDIA driver, but $(CPU_INDEX) does not answer: torch from PyPI"; fi; \
	fi; \
	[ -z "$$index" ] || $(PIP_INSTALL) --no-deps --index-url "$$index" torch || [ -z '$(TORCH_INDEX)' ]
	$(PIP_INSTALL) -e '.[lite,dev,export,live,convert]'
	@$(RUN) -c 'import cv2' 2>/dev/null || { echo "== No libGL here: switching to the headless build of OpenCV"; \
	  $(PIP_INSTALL) --no-deps --force-reinstall opencv-python-headless==$$($(PIP) show opencv-python | sed -n 's/^Version: //p'); }
	@touch $@

demo: $(DEMO)/contact_sheet.png $(DEMO)/training_curve.png $(DEMO)/report.html ## Footage, training, test and pictures, from nothing
	@$(RUN) tools/show_metrics.py $(DEMO)

standin-mini: $(MINI)/annotations.csv ## Make the small stand-in data set (data/agot-mini)

standin-val: $(MINI)-val/annotations.csv ## Divide its training part anew, to choose settings on (data/agot-mini-val)

standin-longtail: data/agot-longtail/annotations.csv ## Make the small stand-in with rare classes, 38:1 (data/agot-longtail)

standin: data/agot/annotations.csv ## Make the full-size stand-in data set (data/agot)

standin-jhmdb: data/jhmdb-mini/split3/annotations.csv ## Make the small stand-in for J-HMDB (data/jhmdb-mini)

data/jhmdb-mini/raw/standin.json: | $(STAMP)
	$(RUN) tools/dataset_converters/synthesize_jhmdb.py data/jhmdb-mini/raw --size mini

data/jhmdb-mini/split3/annotations.csv: data/jhmdb-mini/raw/standin.json
	$(RUN) tools/dataset_converters/jhmdb.py data/jhmdb-mini/raw --out data/jhmdb-mini --overwrite

data/agot-mini/raw/standin.json: | $(STAMP)
	@echo "== Drawing stand-in footage"
	$(RUN) tools/dataset_converters/synthesize_agot.py data/agot-mini/raw --size mini

$(MINI)/annotations.csv: data/agot-mini/raw/standin.json
	@echo "== Converting it as real Agot footage is converted"
	$(RUN) tools/dataset_converters/agot.py data/agot-mini/raw --out $(MINI) --size 160x90 --overwrite

$(MINI)-val/annotations.csv: $(MINI)/annotations.csv
	rm -rf $(MINI)-val
	$(RUN) tools/data.py split $(MINI) --of train --out $(MINI)-val --by video --ratio 3:1

data/agot-longtail/raw/standin.json: | $(STAMP)
	$(RUN) tools/dataset_converters/synthesize_agot.py data/agot-longtail/raw --size longtail

data/agot-longtail/annotations.csv: data/agot-longtail/raw/standin.json
	$(RUN) tools/dataset_converters/agot.py data/agot-longtail/raw --out data/agot-longtail --size 160x90 --overwrite

data/agot-full-raw/standin.json: | $(STAMP)
	$(RUN) tools/dataset_converters/synthesize_agot.py data/agot-full-raw --size full

data/agot/annotations.csv: data/agot-full-raw/standin.json
	$(RUN) tools/dataset_converters/agot.py data/agot-full-raw --out data/agot --overwrite

$(DEMO)/trained: $(MINI)/annotations.csv
	@echo "== Training (resumes if it was interrupted)"
	$(RUN) tools/train.py $(CONFIG) --work-dir $(DEMO) --resume auto
	@touch $@

$(DEMO)/metrics.json: $(DEMO)/trained
	@echo "== Testing"
	$(RUN) tools/test.py $(CONFIG) $$(cat $(DEMO)/last_checkpoint) --work-dir $(DEMO) --out $(DEMO)/predictions.csv

$(DEMO)/contact_sheet.png: $(DEMO)/metrics.json
	@echo "== Drawing"
	$(RUN) tools/draw.py $(MINI)/annotations.csv $(DEMO)/predictions.csv --out-dir $(DEMO) --score-thr 0.2 --metrics $(DEMO)/metrics.json

$(DEMO)/training_curve.png: $(DEMO)/trained
	$(RUN) tools/plot_curves.py $(DEMO) --out $@

$(DEMO)/report.html: $(DEMO)/metrics.json
	$(RUN) tools/report.py $(DEMO)

test: $(STAMP) lint ## Lint, type check and run all tests
	$(RUN) -m pytest -n $(WORKERS) --dist worksteal

lint: $(STAMP) ## ruff, mypy, codespell
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/codespell

doctor: $(STAMP) ## What is wrong with this environment, and how to fix it
	$(RUN) tools/doctor.py

clean: ## Remove what demo and tests made (not .venv, not data)
	rm -rf work_dirs .pytest_cache .mypy_cache .ruff_cache .hypothesis
