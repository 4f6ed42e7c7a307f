# One target a verb; `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := bin
export CGO_ENABLED ?= 0

.PHONY: help run build test check unit race hunt sim e2e crash faults cross helm helm-generate bench lint fmt generate docs vuln tools clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: ## Start the daemon with the embedded store and the example rules
	go run ./cmd/ifsev serve --rules examples/rules

build: ## Build bin/ifsev, a static binary
	go build -trimpath -o $(BIN)/ifsev ./cmd/ifsev

test: ## Pass everything CI passes, installing what is missing (Debian, Ubuntu)
	@bash scripts/test

unit: ## Run the quick tests
	go test ./...

race: ## Run the tests with the race detector
	CGO_ENABLED=1 go test -race ./...

HUNT ?= 1m
hunt: ## Look for what breaks: every property on 10,000 new random cases, every fuzz test for HUNT
	@bash scripts/hunt $(HUNT)

SEEDS ?= 100000
SIM_TIMEOUT ?= 0
sim: ## Run whole replicas in SEEDS simulated worlds; one that breaks a promise is kept and told how to replay
	go test -count=1 -timeout $(SIM_TIMEOUT) -v -run 'TestSeeds$$|TestKeptSeeds|TestTheSimulationFinds' ./internal/sim -seeds $(SEEDS)

e2e: build ## Run the end-to-end tests with real Prometheus, Alertmanager and Redis, and the tutorial
	IFSEV_E2E=1 go test -count=1 ./e2e/... ./docs/...

crash: build ## Kill real daemons fifty times under load, embedded and Redis, and count
	IFSEV_E2E=1 IFSEV_KILLS=50 go test -count=1 -v -run TestKill ./e2e/...

WAKES ?= 1000000
KILLS ?= 50
faults: ## Put real daemons and stores through every fault, as root with network namespaces; ends with the table of promises
	IFSEV_E2E=1 IFSEV_FAULTS=full IFSEV_KILLS=$(KILLS) IFSEV_WAKES=$(WAKES) go test -count=1 -v -timeout 2h -run TestFaults ./e2e/faults

cross: ## Build for every system a release is made for
	@bash scripts/cross

helm: ## Lint the chart, render every set of values, decode them strictly and look at them as a whole
	@bash scripts/helm

helm-generate: ## Write the values into the chart's README again
	go test -C helm/test -count=1 -run TestTheReadme . -update

bench: build ## Measure events a second and latency, embedded and Redis, 10 and 1,000 rules
	go test -run '^$$' -bench . -benchtime 1s ./...
	go run ./e2e/bench

lint: ## Run go vet and golangci-lint
	go vet ./...
	$(BIN)/golangci-lint run

fmt: ## Format the code
	gofmt -w $$(git ls-files '*.go')

generate: ## Make generated files again
	go generate ./...

vuln: ## Look for known vulnerabilities (needs the database at vuln.go.dev)
	$(BIN)/govulncheck ./...

clean: ## Remove what was built and the local data
	rm -rf $(BIN) ifsev-data
