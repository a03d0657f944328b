# Everything a new clone needs: `make demo` and `make test` set up what they use.
.POSIX:
# The system's own Python first: distributions compile it with profiles, and the same work takes an eighth less.
PYTHON = /usr/bin/python3 python3
VENV = .venv
BIN = $(VENV)/bin
READY = $(VENV)/ready
# What is compiled is kept, whatever the environment says: the tests start a thousand processes, half a second each.
COMPILED = PYTHONDONTWRITEBYTECODE=

.PHONY: oracles demo test soak bench mutations golden lint types setup clean

demo: $(READY)
	$(BIN)/mailer demo

# The programs the mails are held against: a browser, SpamAssassin, the official MJML.
oracles:
	tests/oracles/install

test: $(READY) oracles
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(COMPILED) $(BIN)/pytest --collect-only -qq > /dev/null & $(BIN)/mypy && { wait $$! || true; }
	$(COMPILED) $(BIN)/pytest -n 3 -m "not soak"

# At most 45 minutes on two cores; at the end, how long each file took.
soak: $(READY) oracles
	$(COMPILED) $(BIN)/pytest -n 3 --dist worksteal -m soak

# A quarter of an hour on two cores, the table last; FULL=1 is about an hour: five runs of each, a million of some.
bench: $(READY) oracles
	$(BIN)/python benchmarks/bench.py $${FULL:+--full}

mutations: $(READY)
	$(BIN)/python -m tests.mutations

golden: $(READY)
	MAILER_GOLDEN=write $(BIN)/pytest tests -k golden

lint: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@for python in $(PYTHON); do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && is_new=yes || continue; \
	  $$python -c 'import venv, ensurepip' 2>/dev/null || continue; \
	  echo "$$python -m venv $(VENV)" && exec $$python -m venv $(VENV); \
	done; \
	if [ "$$is_new" ]; then echo "Python saknar venv. På Debian: apt-get install python3-venv"; \
	else echo "Python 3.11 eller senare behövs. Kör till exempel: make PYTHON=python3.11 $(MAKECMDGOALS)"; fi; exit 3
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/python -m compileall -q mailer
	touch $(READY)

clean:
	rm -rf $(VENV) var build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
