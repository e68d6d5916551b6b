# The commands of this project; `make help` lists them.

PYTHON_CODE = backprop service worker migrations tests benchmarks
BIN = .venv/bin
WORKERS = 2

# As many processes as cores, so one BLAS thread each: more only take turns.
export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1

.DEFAULT_GOAL = help
.PHONY: help run demo test fuzz compose-test lint format bench bench-serve lock clean environment dev-environment docker

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 14

run: environment ## run everything on this machine until Ctrl-C; state in var/
	@exec $(BIN)/python -m backprop

demo: environment ## train iris before your eyes, on the service that runs or on one started for the while
	@$(BIN)/python -m backprop.cli.demo examples/iris.json

test: lint ## run everything that checks the project
	@$(BIN)/pytest -n $(WORKERS)

fuzz: dev-environment ## send 100,000 mutated requests; takes long, and prints its seed
	@$(BIN)/python -m tests.hostile.fuzz

compose-test: docker dev-environment ## bring everything up in containers of its own, on the Docker that is there, and hurt it
	@$(BIN)/pytest -m containers --verbose tests/containers

lint: dev-environment ## check format, style, types and the arrows between modules
	@$(BIN)/ruff format --check --quiet $(PYTHON_CODE)
	@$(BIN)/ruff check --quiet $(PYTHON_CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@if [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint Dockerfile; \
	    else echo "hadolint is not made for this kind of machine: the Dockerfile is not checked"; fi
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml

format: dev-environment ## format the code and mend what can be mended without a thought
	@$(BIN)/ruff check --fix --quiet $(PYTHON_CODE)
	@$(BIN)/ruff format --quiet $(PYTHON_CODE)

bench: dev-environment ## measure the engine, the way from POST to result, uploads, and the service by wrk
	@$(BIN)/python -m benchmarks.engine
	@$(BIN)/python -m benchmarks.engine.costs
	@$(BIN)/python -m benchmarks.engine.memory
	@$(BIN)/python -m benchmarks.latency
	@$(BIN)/python -m benchmarks.data
	@$(BIN)/python -m benchmarks.upload
	@$(BIN)/python -m benchmarks.serving

bench-serve: dev-environment ## measure predictions beside Flask's hello, FastAPI and MLflow, which it installs under build/
	@$(BIN)/python -m benchmarks.predicting

lock: environment ## pin the newest versions that pyproject.toml allows
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --target build/uv --upgrade uv
	@build/uv/bin/uv pip compile --quiet --universal --upgrade --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links pyproject.toml --output-file requirements.lock
	@build/uv/bin/uv pip compile --quiet --universal --upgrade --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --extra s3 --constraint requirements.lock \
	    pyproject.toml --output-file requirements-s3.lock
	@build/uv/bin/uv pip compile --quiet --universal --upgrade --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --group dev --constraint requirements.lock \
	    pyproject.toml --output-file requirements-dev.lock

clean: ## remove what can be made again; var/ stays
	@rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find $(PYTHON_CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@tools/environment requirements.lock

dev-environment:
	@tools/environment requirements.lock requirements-dev.lock

docker:
	@tools/docker
