# make train: set up, make data, train the default policy, print the table.   make test: set up, lint, test.
# make browser: what the explorer's tests in a real browser need beside a chromium (apt-get install chromium).
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python -m

.PHONY: train test setup browser data clean

train: data
	$(RUN) prove.main

test: setup
	$(RUN) ruff check .
	$(RUN) pytest -q -n 2 --dist loadfile

setup: $(VENV)/.ready

browser: setup
	$(VENV)/bin/pip install --quiet -r tests/viewer/requirements.txt
	@command -v chromium || command -v chromium-browser || command -v google-chrome || (echo "apt-get install chromium"; exit 1)

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
