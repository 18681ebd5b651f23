# Each target works as the first command in a fresh clone: it makes .venv from requirements.lock when there is none.
# The peers that bench-peer, bench-dowhy(-graphs), bench-y0, stress and scores measure have environments of their own,
# .venv-peer, .venv-dowhy, .venv-y0, .venv-stress and .venv-forecast, from requirements.txt, dowhy.txt, y0.txt, stress.txt
# and forecast.txt in benchmarks/peer; .venv-attribution from attribution.txt, .venv-rl from rl.txt, and .venv-spark is
# .venv with what spark.txt has.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
PEER := .venv-peer
PEER_STAMP := $(PEER)/.stamp
DOWHY := .venv-dowhy
DOWHY_STAMP := $(DOWHY)/.stamp
STRESS := .venv-stress
STRESS_STAMP := $(STRESS)/.stamp
FORECAST := .venv-forecast
FORECAST_STAMP := $(FORECAST)/.stamp
Y0 := .venv-y0
Y0_STAMP := $(Y0)/.stamp
ATTRIBUTION := .venv-attribution
ATTRIBUTION_STAMP := $(ATTRIBUTION)/.stamp
SPARK := .venv-spark
SPARK_STAMP := $(SPARK)/.stamp
RL := .venv-rl
RL_STAMP := $(RL)/.stamp
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
PYTEST_ARGS ?=
N ?= 500
JOBS ?= 1
STUDY ?=
ORDER ?=
# Of two workers on two cores each has one: threads of its own that wait for one another only take from the other.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest
SEEDS ?= 20
STUDY_ARGS ?=
FUZZ_ARGS ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo tables test test-long test-random lint models notebooks reference language bench bench-peer bench-dowhy bench-dowhy-graphs bench-journeys bench-y0 coverage \
    recovery mix priors stress chosen noise labels identification identified falsified suggested placebos hidden journeys private attribution spark rl lift predict scores targets calibrate agreement fuzz lock

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv from the lock and install the project in it

$(STAMP): pyproject.toml requirements.lock
	@rm -f $@
	@if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null \
	    || { [ -z "$(UV)" ] && ! $(BIN)/python -c 'import pip' 2>/dev/null; }; then \
	    python=$$(sh tools/find_python.sh) || exit 1; \
	    echo "making $(VENV) with $$python"; \
	    if [ -n "$(UV)" ]; then uv venv --quiet --clear --python "$$python" $(VENV); \
	    else "$$python" -m venv --clear $(VENV); fi; \
	fi
ifeq ($(UV),uv)
	@uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	@echo "installing requirements.lock with pip: some minutes (uv, if installed, takes seconds)"
	@$(BIN)/python -m pip install -qq --no-compile --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
endif
	@touch $@

demo: setup ## fit a shipped model, answer every question about it and print the path of the report
	@$(BIN)/bayes-roi demo

test: setup lint models notebooks ## everything that must hold: lint, types, shipped models, notebooks, tests, doctests
	$(PYTEST) -n 2 --dist worksteal --doctest-modules --durations 20 $(PYTEST_ARGS) bayes_roi tests

test-long: setup ## the tests that `make test` leaves out (some twelve minutes)
	$(PYTEST) -n 2 --dist worksteal -m long $(PYTEST_ARGS) tests

test-random: setup ## run the tests in random order; the seed is in the first lines (ORDER=123 for that order again)
	$(PYTEST) -p randomly --randomly-dont-reset-seed $(if $(ORDER),--randomly-seed $(ORDER)) \
	    -n 2 --dist loadfile --doctest-modules $(PYTEST_ARGS) bayes_roi tests

lint: setup ## style, format, import layers and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

models: setup ## check every shipped model against its data, without sampling
	@$(BIN)/python tools/check_models.py

notebooks: setup ## run every notebook and hold it to its pair
	$(BIN)/python tools/run_notebooks.py

reference: setup ## write docs/reference.md and docs/gallery.md from the docstrings, and the pictures
	$(BIN)/python tools/reference.py pictures

language: setup ## write docs/model_language.md and its pictures from the classes
	$(BIN)/python tools/model_language.py

bench: setup ## print each benchmark's ratio against its peer or limit
	$(BIN)/python -m benchmarks

bench-peer: setup $(PEER_STAMP) ## the same against PyMC-Marketing, in an environment of its own (long)
	$(BIN)/python -m benchmarks media_mix budget_peer

bench-dowhy: setup $(DOWHY_STAMP) ## influence against DoWhy, in an environment of its own (some minutes)
	$(BIN)/python -m benchmarks influence

bench-dowhy-graphs: setup $(DOWHY_STAMP) ## adjustment sets, front doors, instruments and ID of DoWhy on random graphs beside ours
	$(BIN)/python -m tests.graph.dowhy_study $(DOWHY)/bin/python 400

bench-journeys: setup ## a million journeys from Parquet to Markov credit, CPU and memory (some minutes)
	$(BIN)/python -m benchmarks journeys

bench-y0: setup $(Y0_STAMP) ## verdicts and formulas of y0 on random graphs beside ours, in an environment of its own
	$(BIN)/python -m tests.graph.y0_study $(Y0)/bin/python 1000

$(PEER_STAMP): benchmarks/peer/requirements.txt
$(DOWHY_STAMP): benchmarks/peer/dowhy.txt
$(STRESS_STAMP): benchmarks/peer/stress.txt
$(Y0_STAMP): benchmarks/peer/y0.txt
$(FORECAST_STAMP): benchmarks/peer/forecast.txt
$(ATTRIBUTION_STAMP): benchmarks/peer/attribution.txt
$(PEER_STAMP) $(DOWHY_STAMP) $(STRESS_STAMP) $(Y0_STAMP) $(FORECAST_STAMP) $(ATTRIBUTION_STAMP): | setup
	@rm -f $@
	@echo "installing $< in $(@D): about a minute"
ifeq ($(UV),uv)
	@uv venv --quiet --clear --python $(BIN)/python $(@D)
	@uv pip install --quiet --python $(@D)/bin/python --no-deps -r $<
else
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --no-compile --no-deps -r $<
endif
	@touch $@

$(SPARK_STAMP): benchmarks/peer/spark.txt requirements.lock | setup
	@rm -f $@
	@echo "installing the lock and $< in $(@D): some minutes"
ifeq ($(UV),uv)
	@uv venv --quiet --clear --python $(BIN)/python $(@D)
	@uv pip install --quiet --python $(@D)/bin/python --require-hashes -r requirements.lock
	@uv pip install --quiet --python $(@D)/bin/python --no-deps -r $<
else
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --no-compile --no-deps --require-hashes -r requirements.lock
	@$(@D)/bin/python -m pip install -qq --no-compile --no-deps -r $<
endif
	@touch $@

# PyTorch without CUDA where uv can reach it, the usual one (some gigabytes) otherwise.
$(RL_STAMP): benchmarks/peer/rl.txt | setup
	@rm -f $@
	@echo "installing $< in $(@D): some minutes"
ifeq ($(UV),uv)
	@uv venv --quiet --clear --python $(BIN)/python $(@D)
	@uv pip install --quiet --python $(@D)/bin/python --torch-backend=cpu -r $< \
	    || uv pip install --quiet --python $(@D)/bin/python -r $<
else
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --no-compile -r $<
endif
	@touch $@

coverage: setup ## simulate from known truths and count how often the intervals hold them (long)
	$(BIN)/python -m tests.recovery.coverage_study

recovery: setup ## simulate worlds from every shipped model and count how often its intervals hold the truth (long)
	$(BIN)/python -m tests.recovery.series_study
	$(BIN)/python -m tests.recovery.models_study $(SEEDS)
	$(BIN)/python -m tests.recovery.confounded_study
	$(BIN)/python -m tests.recovery.plan_study $(SEEDS)
	$(BIN)/python -m tests.recovery.mediator_study hill 30

mix: setup ## count how often intervals hold the truth where one equation has 3 to 16 channels (hours; SEEDS=20 JOBS=1)
	$(BIN)/python -m tests.recovery.mix_study --worlds $(SEEDS) --jobs $(JOBS) $(STUDY_ARGS)

priors: setup ## the same for panels, log links, losses, lines, clicks and funnels (hours; STUDY_ARGS='--rule tops')
	$(BIN)/python -m tests.recovery.priors_study --worlds $(SEEDS) --jobs $(JOBS) $(STUDY_ARGS)

stress: setup $(STRESS_STAMP) ## the stress worlds of mmm-framework, its error beside ours, in an environment of its own (long)
	$(BIN)/python -m tests.recovery.stress_study --worlds $(SEEDS) --jobs $(JOBS) $(STUDY_ARGS)
	$(BIN)/python -m tests.recovery.stress_study --worlds 1 --published --fit $(STUDY_ARGS)

chosen: setup ## whether optimised plans gain what they are said to gain, in worlds like and unlike the model (hours; SEEDS=60)
	$(BIN)/python -m tests.recovery.chosen_plans_study $(SEEDS)

noise: setup ## count how often the diagnosis rings where a claim about noise fails, and where none does (an hour; SEEDS=100)
	$(BIN)/python -m tests.recovery.noise_study --worlds $(SEEDS) $(STUDY_ARGS)
	$(BIN)/python -m tests.recovery.shock_study

labels: setup ## what is said of returns that the data can, hardly or cannot tell, in twenty kinds of worlds (SEEDS=20)
	$(BIN)/python -m tests.recovery.label_study --worlds $(SEEDS)

identification: N = 2000
identification: setup ## hold identification to brute force on random graphs (some minutes; N=2000)
	$(BIN)/python -m tests.graph.identification_study $(N)

identified: setup ## how often what the graph identifies holds the truth, and what it refuses is missed (SEEDS=100 long)
	$(BIN)/python -m tests.recovery.identified_study $(SEEDS)

falsified: setup ## how often the data contradict a graph that lacks an arrow, and one that is right (half an hour; STUDY_ARGS)
	$(BIN)/python -m tests.recovery.falsified_study $(STUDY_ARGS)

placebos: SEEDS = 300
placebos: setup ## estimators of experiments where nothing was done: GeoLift's cities and simulated worlds (some minutes; SEEDS=300)
	$(BIN)/python -m tests.experiments.placebo_study --worlds $(SEEDS)

tables: setup ## how often tables as people have them, taken as they are, give returns that hold the truth (SEEDS; resumable)
	$(BIN)/python -m tests.recovery.tables_study $(SEEDS)

suggested: setup ## how many arrows of random graphs are found, and how many that are not there (some minutes; 40 worlds)
	$(BIN)/python -m tests.recovery.suggest_study

hidden: setup ## whether ROI is covered at the true strength of a hidden cause, and is not where it is ignored (SEEDS=25)
	$(BIN)/python -m tests.recovery.hidden_study $(SEEDS)

predict: setup ## whether predictive intervals hold what comes, 1, 4 and 13 weeks ahead (100 worlds)
	$(BIN)/python -m tests.recovery.predict_study

scores: setup $(FORECAST_STAMP) ## scores of shipped models, and of campaigns, beside AutoETS, trees and last year, in an environment of its own
	OMP_NUM_THREADS=1 $(FORECAST)/bin/python -m tests.prediction.scores_study

targets: setup ## whether intervals of rows that are held out hold them where one column is predicted from others (100 tables)
	$(BIN)/python -m tests.recovery.target_study

journeys: setup ## what rules hand out by simulated touch logs beside what channels caused (some minutes; 50 worlds)
	$(BIN)/python -m tests.recovery.journeys_study

attribution: setup $(ATTRIBUTION_STAMP) ## rules and chains beside ChannelAttribution, and a million journeys, in an environment of its own
	$(BIN)/python -m tests.journeys.channel_attribution_study $(ATTRIBUTION)/bin/python

spark: setup $(SPARK_STAMP) ## touch logs read by a Spark of this machine give DuckDB's counts, in an environment of its own (needs Java)
	OMP_NUM_THREADS=1 PYTHONPATH=. $(SPARK)/bin/python -m pytest -q tests/journeys/test_spark.py

rl: setup $(RL_STAMP) ## best policies beside quantecon's and those that DQN and PPO find, in an environment of its own (some minutes)
	OMP_NUM_THREADS=1 PYTHONPATH=. $(RL)/bin/python -m tests.journeys.rl_study

private: setup ## whether credit by private releases of simulated logs holds that of the population (some minutes; 50 logs)
	$(BIN)/python -m tests.recovery.private_study

lift: setup ## what a lift test does to the return of a channel that never pauses, and whether a wrong one is found (50 worlds)
	$(BIN)/python -m tests.recovery.lift_study

calibrate: setup ## rank truths drawn from the prior among the draws of every engine (hours; N=500 JOBS=1 STUDY=exact)
	$(BIN)/python -m tests.calibration.sbc --sims $(N) --jobs $(JOBS) $(STUDY)

agreement: setup ## hold the fast engines to NUTS, block by block, on every shipped model (long)
	$(BIN)/python -m tests.calibration.agreement

fuzz: setup ## give every command broken files, full disks and kill -9; goes on where it stopped (hours; FUZZ_ARGS='--kind model')
	$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)

lock: ## resolve requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.12 --extra dev --upgrade --generate-hashes \
	    --no-emit-index-url --no-header --output-file requirements.lock pyproject.toml
