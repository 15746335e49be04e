# chat     set everything up and cook in the terminal      test    set everything up and run the tests
# drill    the tests that take many minutes
# check    format, lint and types, changing nothing        format  mend what can be mended
# bench    speed and size                                  lock    pin the requirements again
VENV ?= .venv
PYTHON ?= python3
PY := $(VENV)/bin/python
# pip resolves these requirements in minutes, uv in seconds; so uv goes into the environment first.
UV := VIRTUAL_ENV=$(VENV) $(VENV)/bin/uv pip install --quiet

.PHONY: chat test drill check format bench lock

chat: $(VENV)/.chat
	@$(VENV)/bin/souschef chat

test: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(PY) -m pytest --numprocesses 2 --dist loadfile

drill: $(VENV)/.dev
	$(PY) -m pytest -m drill

check: $(VENV)/.dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

format: $(VENV)/.dev
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: $(VENV)/.dev
	$(PY) -m bot.bench
	@[ -z "$(DATA)" ] || $(PY) -m training.bench_retrieval --data $(DATA)  # make bench DATA=folder

$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Souschef needs Python 3.11 or newer: make PYTHON=python3.11 chat")'
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@touch $@

# Chatting needs no torch.
$(VENV)/.chat: requirements.txt pyproject.toml | $(VENV)/.uv
	@echo "Installing what chatting needs ..."
	@$(UV) -r requirements.txt
	@$(UV) --no-deps --editable .
	@touch $@

# torch: never the CUDA build. Where pip knows a folder of wheels that holds one, uv is told of it; elsewhere uv takes
# the CPU build from PyTorch.
$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(VENV)/.uv
	@echo "Installing what training and testing need ..."
	@links="$${PIP_FIND_LINKS:-$$($(PY) -m pip config get global.find-links 2>/dev/null)}"; \
	if ls $$links/torch-*.whl >/dev/null 2>&1; then options="--find-links $$links"; else options="--torch-backend cpu"; fi; \
	$(UV) $$options -r requirements-dev.txt
	@$(UV) --no-deps --editable .
	@touch $@ $(VENV)/.chat

# The CUDA packages are dropped: what is pinned must also fit the CPU build.
lock: $(VENV)/.uv
	@links="$${PIP_FIND_LINKS:-$$($(PY) -m pip config get global.find-links 2>/dev/null)}"; \
	pin() { VIRTUAL_ENV=$(VENV) $(VENV)/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
		--no-header --no-annotate $${links:+--find-links "$$links"} "$$@" \
		| sed -E '/^(nvidia|cuda|triton)/d; s/^(torch==[0-9.]+).*/\1/' | uniq; }; \
	{ echo "# Pinned by 'make lock'."; pin; } > requirements.txt; \
	{ echo "# Pinned by 'make lock'."; pin --extra training --extra dev; } > requirements-dev.txt
