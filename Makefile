# make train: set up, make data, train the default policy, print the table.   make test: set up, lint, test.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python -m

.PHONY: train test setup data clean

train: data
	$(RUN) prove.main

test: setup
	$(RUN) ruff check .
	$(RUN) pytest -q -n 2 --dist loadfile

setup: $(VENV)/.ready

data: data/mini/card.md

data/mini/card.md: $(VENV)/.ready
	$(RUN) prove.synthesize synthesis=mini

$(VENV)/.ready: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)) and "Python 3.11 or 3.12 is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -r requirements.txt
	touch $@

clean:
	rm -rf $(VENV) data runs
