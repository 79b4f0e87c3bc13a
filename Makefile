# Wiredesk. `make` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
SKIP_LOG := $(CURDIR)/target/skipped.log

.PHONY: help run build test chaos check fmt clippy docs deny tidy deps need need-kafka need-python fuzz golden clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: need ## Build and start the whole pipeline with the demo wire and the web desk
	@$(CARGO) build --release --bin wiredesk
	@exec target/release/wiredesk run --demo

build: need ## Build every binary, optimized
	$(CARGO) build --release --workspace --bins

test: need need-kafka need-python ## Run every test: unit, property, golden, in-process, real Apache Kafka
	@rm -f $(SKIP_LOG); mkdir -p target
	@$(CARGO) build --workspace --bins
	@WIREDESK_SKIP_LOG=$(SKIP_LOG) $(CARGO) test --workspace --no-fail-fast 2>&1 | tee target/test.log \
		|| { deploy/bin/test-summary target/test.log $(SKIP_LOG); exit 1; }
	@deploy/bin/test-summary target/test.log $(SKIP_LOG)

check: need fmt clippy docs deny tidy ## Formatting, lints, docs, licences, house rules

fmt:
	$(CARGO) fmt --all --check

clippy:
	$(CARGO) clippy --workspace --all-targets -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items

deny:
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny --version 0.20.2
	@$(CARGO) fetch --locked --quiet
	$(CARGO) deny --offline --log-level error check bans licenses sources

tidy:
	$(CARGO) test --quiet -p wiredesk-tests --test tidy

# Seconds for each fuzz target, and the targets; all of them unless told.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?=

fuzz: need ## Fuzz every parser, FUZZ_SECONDS each (60 unless told); needs a nightly Rust
	@deploy/bin/fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)

# What a run does follows from its seed; a failure prints the line that runs it again.
chaos: need ## Break things while the services run: RUNS=500 SEED=1 JOBS=2 TRANSPORT=embedded (or kafka)
	@$(CARGO) build --workspace --bins
	@CHAOS_RUNS=$(RUNS) CHAOS_SEED=$(SEED) CHAOS_JOBS=$(JOBS) $(CARGO) test -p wiredesk-tests --test chaos -- \
		--nocapture --test-threads 1 the_promise_holds_on_$(TRANSPORT)

golden: ## Rewrite golden files and schemas; read the diff before you commit it
	UPDATE_GOLDEN=1 $(CARGO) test --workspace golden

deps: need need-kafka need-python ## Fetch everything that the other targets need
	$(CARGO) fetch --locked
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny --version 0.20.2

need:
	@deploy/bin/need cargo cc c++ make perl

# The suites on a real Apache Kafka fetch it from Maven Central by themselves, once. Neither Java nor
# Maven is needed where KAFKA_BOOTSTRAP names a broker to test against.
need-kafka:
	@[ -n "$${KAFKA_BOOTSTRAP:-}" ] || deploy/bin/need javac mvn

# What others read and write archives with, in a virtual environment below target/. Where this machine
# cannot have it the tests that want it are skipped, and say so.
need-python:
	@deploy/bin/need python3 && deploy/bin/python-env >/dev/null || true

clean: ## Remove what was built
	$(CARGO) clean
