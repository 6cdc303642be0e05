# Every target does its own set-up; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
SWIFT ?= swift
ARGS ?=
# What a build and the tests need beside Swift 6.3, git and make; what generating C needs beside that.
PACKAGES := libcrypt-dev libcurl4-openssl-dev libprotobuf-c-dev libsqlite3-dev libzookeeper-mt-dev pkg-config openssl python3-yaml curl \
	zookeeper nginx-light default-jre-headless python3-cassandra python3-flask python3-waitress python3-pytest \
	python3-jsonschema python3-pystache
PROTO_PACKAGES := protobuf-c-compiler libprotobuf-dev
# What packs the image, and what goes into it beside the libraries that the program is linked with.
IMAGE_PACKAGES := umoci skopeo tzdata ca-certificates binutils
SOURCES := Package.swift Sources Tests Benchmarks

# As it is installed: the Swift runtime linked in takes 5 MB less than its shared libraries do.
RELEASE := -c release --static-swift-stdlib

SEEDS ?= 2000
SEED_BASE ?= 1

.PHONY: help deps release build demo test sim mutants e2e-kill e2e-cassandra soak api-fuzz bench fmt lint proto proto-check jobs plugin \
	image image-check universe universe-lint check clean

help: ## lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{ printf "  %-12s %s\n", $$1, $$2 }'

deps: ## installs the Debian packages that are missing
	@scripts/install-packages $(PACKAGES)

build: deps ## builds everything, tests included
	$(SWIFT) build --build-tests

demo: deps ## the article's story in five acts on a local cluster; ARGS=--keep leaves it up
	@$(SWIFT) build --product copyboot
	@$(SWIFT) build --product understudy
	@"$$($(SWIFT) build --show-bin-path)/understudy" demo $(ARGS)

# Tests that do nothing but compute. Beside them, whoever has a server or a session to keep up would not be heard in time.
COMPUTING := ^(APITests|CQLTests|CassandraTests|DCOSTests|DigestTests|LifecycleTests|MesosTests|PortworxTests)\.(?!MasterEntries)|GossipMessageTests
# Whole clusters as processes, with nginx and ZooKeeper: beside them the others' servers would not be heard in time either,
# nor would half of them beside the other half.
CLUSTERS := ^EndToEndTests\.

test: build ## runs the tests
	@if [ -n "$(ARGS)" ]; then \
		$(SWIFT) test --skip-build $(ARGS); \
	else \
		$(SWIFT) test --skip-build --filter '$(COMPUTING)' && \
		$(SWIFT) test --skip-build --skip '$(COMPUTING)|$(CLUSTERS)' && \
		$(SWIFT) test --skip-build --filter '$(CLUSTERS)[A-L]' && \
		$(SWIFT) test --skip-build --filter '$(CLUSTERS)[M-Z]'; \
	fi

sim: ## plays seeds SEED_BASE to SEED_BASE+SEEDS-1 of the simulation, in a release build
	@program=$$(scripts/build-simulation .build/simulation); "$$program" $(SEEDS) $(SEED_BASE)

mutants: build ## removes one guard after the other, and has the simulation or the tests of sealing notice
	@case "$(ARGS)" in \
		"") scripts/try-mutants && scripts/try-sealing-mutants ;; \
		sealing-*) scripts/try-sealing-mutants $(ARGS) ;; \
		*) scripts/try-mutants $(ARGS) ;; \
	esac

e2e-kill: build ## kills the scheduler N times (200) on a bad day of the local cluster, with SEED for its dice
	@UNDERSTUDY_KILLS=$(or $(N),200) UNDERSTUDY_SEED=$(or $(SEED),1) $(SWIFT) test --skip-build --filter KillTests

e2e-cassandra: build ## runs copies of the Cassandra in CASSANDRA_HOME (and JAVA_HOME) instead of the stand-in's, where there is one
	@if [ -z "$${CASSANDRA_HOME:-}" ]; then \
		echo "skipped: CASSANDRA_HOME names no Cassandra on this machine (a folder with bin/cassandra and conf/)"; \
	else \
		$(SWIFT) test --skip-build --filter '(ContactTests|RingRunTests)/realCassandra' && \
		"$$($(SWIFT) build --show-bin-path)/understudy" demo; \
	fi

soak: build release ## has a release build work on N short runs (2000) of a bad day, and looks for what it loses
	@UNDERSTUDY_SOAK=$(or $(N),2000) UNDERSTUDY_SEED=$(or $(SEED),1) \
		UNDERSTUDY_PROGRAM="$$($(SWIFT) build $(RELEASE) --show-bin-path)/understudy" \
		$(SWIFT) test --skip-build --filter SoakTests

api-fuzz: deps ## lets schemathesis try the API for five minutes; ARGS=60 for one
	@scripts/install-packages python3-venv curl
	$(SWIFT) build --product copyboot
	$(SWIFT) build --product understudy
	scripts/fuzz-api "$$($(SWIFT) build --show-bin-path)/understudy" $(ARGS)

bench: release ## measures speed and memory of a release build
	$(SWIFT) build $(RELEASE) --product bench
	@"$$($(SWIFT) build $(RELEASE) --show-bin-path)/bench" $(ARGS)

fmt: ## formats every Swift file
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

lint: ## checks the format and the style rules
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

proto: deps ## regenerates the committed C of Sources/CMesos
	@scripts/install-packages $(PROTO_PACKAGES)
	scripts/generate-protocol Sources/CMesos

proto-check: deps ## fails when the committed C is not what proto/ gives
	@scripts/install-packages $(PROTO_PACKAGES)
	scripts/check-protocol

jobs: deps ## checks the job specs and the app definition of marathon/
	scripts/check-jobs
	@scripts/jobs_test.py

release: deps
	$(SWIFT) build $(RELEASE) --product copyboot
	$(SWIFT) build $(RELEASE) --product understudy

plugin: release ## packs the program as the DC/OS CLI's plugin
	@scripts/plugin build --binary "$$($(SWIFT) build $(RELEASE) --show-bin-path)/understudy"

image: release ## packs the program as a container image, without a Docker engine
	@scripts/install-packages $(IMAGE_PACKAGES)
	@scripts/image build --binary "$$($(SWIFT) build $(RELEASE) --show-bin-path)/understudy"

image-check: image ## unpacks the image and runs the program inside
	@scripts/image check

universe: plugin ## builds the Universe package's repository document; ARGS='--base-url=… --registry=…'
	@scripts/universe build $(ARGS)
	@scripts/universe lint --repository build/universe/stub-universe.json

universe-lint: deps ## checks the package by Universe's, Marathon's and the scheduler's own rules
	$(SWIFT) build --product understudy
	@scripts/universe lint --settings <("$$($(SWIFT) build --show-bin-path)/understudy" settings --format json)
	@scripts/universe_test.py

check: lint proto-check jobs universe-lint universe image-check test ## what has to pass before a commit lands

clean: ## removes what was built
	rm -rf .build build
