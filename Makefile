# Wiredesk. `make` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
KAFKA_DIST := target/kafka-dist
SKIP_LOG := $(CURDIR)/target/skipped.log

.PHONY: help run build test check fmt clippy docs deny tidy deps need golden clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: need ## Build and start the whole pipeline with the demo wire and the web desk
	@$(CARGO) build --release --bin wiredesk
	@exec target/release/wiredesk run --demo

build: need ## Build every binary, optimized
	$(CARGO) build --release --workspace --bins

test: need $(KAFKA_DIST)/.ready ## Run every test: unit, property, golden, in-process, real Apache Kafka
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
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	$(CARGO) deny --offline --log-level error check bans licenses sources

tidy:
	$(CARGO) test --quiet -p wiredesk-tests --test tidy

golden: ## Rewrite golden files and schemas; read the diff before you commit it
	UPDATE_GOLDEN=1 $(CARGO) test --workspace golden

deps: need $(KAFKA_DIST)/.ready ## Fetch everything that the other targets need
	$(CARGO) fetch --locked
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny

need:
	@deploy/bin/need cargo cc c++ make perl

# The class path of Apache Kafka, for the suites that run against the real one. Not needed where
# KAFKA_BOOTSTRAP names a broker to test against.
$(KAFKA_DIST)/.ready: tests/kafka-dist/pom.xml
	@if [ -n "$${KAFKA_BOOTSTRAP:-}" ]; then echo "using the broker at $$KAFKA_BOOTSTRAP"; \
	else \
		deploy/bin/need java mvn; \
		mvn -q -f tests/kafka-dist/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(KAFKA_DIST); \
		touch $@; \
	fi

clean: ## Remove what was built
	$(CARGO) clean
