# Everything happens in .venv, with the exact versions of constraints.txt.
# The first that is new enough; name another with make PYTHON=...
PYTHON ?= $(or $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done),python3)
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# What the checks of the page depend on; they are made once for each state of it.
WEB_FILES    := $(shell find web -name node_modules -prune -o -type f -print 2>/dev/null)
SERVER_FILES := $(shell find src/trasluz -name '*.py' 2>/dev/null)
WEB_CHECKED  := $(VENV)/.web-checked
API_CHECKED  := $(VENV)/.api-checked

.DEFAULT_GOAL := help
.PHONY: help install demo studio web web-api web-check zoo test golden house test-long lint types figures bench soak format clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

install: $(STAMP)  ## set everything up in .venv (quick the second time)

$(STAMP): pyproject.toml constraints.txt tools/system-packages.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Trasluz needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1 || true). Name another: make PYTHON=python3.12 install"; exit 2; }
	@sh tools/system-packages.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt pip
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt --build-constraint constraints.txt -e '.[dev]'
	@$(BIN)/python -m pip check
	@touch $(STAMP)

demo: install  ## draw data, train two small models, open their latent spaces, write a gallery page
	@$(BIN)/python tools/demo.py

studio: web  ## open the studio in a browser, on the bundled models; more with ARGS="mine --no-browser"
	$(BIN)/trasluz studio $(ARGS)

web: install  ## build the studio's page (nothing to do where its sources have not changed)
	@$(BIN)/python tools/web.py build

web-api: install  ## write the types of the studio's routes anew, after a change of one
	$(BIN)/python tools/make_api.py
	$(BIN)/python tools/web.py api

web-check: $(API_CHECKED) $(WEB_CHECKED)  ## the page: types, style, tests, and whether it knows the routes as they are

$(API_CHECKED): $(STAMP) tools/make_api.py web/src/api/openapi.json $(SERVER_FILES)
	$(BIN)/python tools/make_api.py --check
	@touch $@

$(WEB_CHECKED): $(STAMP) tools/web.py $(WEB_FILES)
	$(BIN)/python tools/web.py api --check
	$(BIN)/python tools/web.py check
	$(BIN)/python tools/web.py test
	@touch $@

# What Python compiles is kept, whatever the environment says: each worker and each command line that is tested would
# compile the whole package anew.
test: install lint types web web-check  ## every test, the architecture and type checks included
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist worksteal -m "not long"

zoo: install  ## train one of the bundled models by its recipe: make zoo NAME=faces-vae
	$(BIN)/python tools/zoo.py build $(NAME)

golden: install  ## every verb gives what it gave before
	$(BIN)/python tools/golden.py compare $(if $(ONLY),--only '$(ONLY)')

test-long: install  ## the tests that take minutes
	$(BIN)/python -m pytest -n 2 --dist worksteal -m long

lint: install  ## the linters, the import contracts, the figures that are quoted
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python tools/quoted.py --check

types: install
	$(BIN)/pyright

format: install  ## put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

house: install  ## draw the picture of the rooms anew, from the imports
	$(BIN)/python tools/make_house.py

figures: install  ## write the figures that documents quote anew, from benchmarks/results
	$(BIN)/python tools/quoted.py --write

bench: install  ## measure them anew
	$(BIN)/python -m benchmarks all

soak: web  ## an hour of use of the studio: memory flat, nothing left behind (make soak MINUTES=10)
	TRASLUZ_SOAK=$(or $(MINUTES),60) $(BIN)/python -m benchmarks soak_studio

clean:  ## remove the environment and caches (never a workspace)
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build dist test-results web/node_modules src/trasluz/server/page
