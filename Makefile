# make train: set up, make data, train the default policy, print the table.   make test: set up, lint, test.
# make test-long: the tests that take minutes each.
# make bfcl: the harness of benchmark=bfcl.   make browser: what the explorer's tests in a real browser need beside a
# chromium (apt-get install chromium).   make audit: known holes of the pinned packages.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python -m

BFCL ?= .venv-bfcl
AUDIT ?= .venv-audit

.PHONY: train test test-long setup bfcl browser audit data clean

train: data
	$(RUN) prove.main

test: setup bfcl
	$(RUN) ruff check .
	$(RUN) pytest -q -n 2 --dist loadfile --no-loadscope-reorder

test-long: setup
	$(RUN) pytest -q -m long

setup: $(VENV)/.ready

bfcl: $(BFCL)/.ready

browser: setup
	$(VENV)/bin/pip install --quiet -r tests/viewer/requirements.txt
	@command -v chromium || command -v chromium-browser || command -v google-chrome || (echo "apt-get install chromium"; exit 1)

# A package that PyPI cannot say anything about is no good news, but for builds that are not on PyPI (torch's +cpu).
audit: setup $(AUDIT)/.ready
	@$(AUDIT)/bin/pip-audit --path $(VENV)/lib/python3.*/site-packages --output $(AUDIT)/report.txt; found=$$?; \
	cat $(AUDIT)/report.txt; test $$found = 0 || exit 1; \
	! grep 'could not be audited' $(AUDIT)/report.txt | grep -qv '([^)]*+' || { echo 'not everything was audited'; exit 1; }

data: data/mini/card.md

data/mini/card.md: $(VENV)/.ready
	$(RUN) prove.synthesize synthesis=mini

$(VENV)/.ready: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)) and "Python 3.11 or 3.12 is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -r requirements.txt
	touch $@

# An environment of its own for benchmark=bfcl: bfcl-eval pins versions that ours cannot have.
$(BFCL)/.ready: requirements-bfcl.txt
	$(PYTHON) -m venv $(BFCL)
	$(BFCL)/bin/pip install --quiet --no-deps -r requirements-bfcl.txt
	touch $@

$(AUDIT)/.ready: requirements-audit.txt
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/pip install --quiet -r requirements-audit.txt
	touch $@

clean:
	rm -rf $(VENV) $(BFCL) $(AUDIT) data runs
