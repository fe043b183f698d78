# make help lists the targets.
.SUFFIXES:
.DEFAULT_GOAL := help

GO       ?= go
FUZZTIME ?= 30s

# A clone may belong to another user, and then git refuses to say its revision.
export GOFLAGS := $(shell $(GO) env GOFLAGS) -buildvcs=false

tool   := $(GO) tool -modfile=tests/tools/go.mod
# Every GOARCH that Go has for Linux, and systems where the packages must build
# although the system calls do not exist.
arches := $(shell $(GO) tool dist list | sed -n 's,^linux/,,p')
others := darwin/arm64 freebsd/amd64 windows/amd64
everywhere := ./generated/... ./ring ./bpf/...

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf '  %-16s %s\n' "$$name" "$$text"; done

.PHONY: test
test: deps vet unit bed cross staticcheck ## install what the tests need (Debian, as root) and run all of them

.PHONY: unit
unit:
	URINGGEN_REQUIRE_DEPS=1 $(GO) test -count=1 -timeout=20m ./...

# What talks to the kernel, and so is run inside kernels.
in_kernels := ./generated/... ./ring ./cmd/uringctl/... ./tests/proof ./tests/register ./tests/cbpf ./tests/semantics ./tests/btf ./tests/reexec ./tests/kernel

.PHONY: bed
bed: ## the bindings inside user-mode Linux and the newest kernel that Debian has
	$(GO) run ./tests/vm -kernel uml $(in_kernels)
	$(GO) run ./tests/vm -kernel newest $(in_kernels)

.PHONY: vm
vm: ## the same inside every kernel of the matrix, other architectures too; writes README's table
	@tests/deps/install matrix.txt
	$(GO) run ./tests/vm -all -table README.md $(in_kernels)

.PHONY: proof
proof: ## 10 million contexts offline and 100,000 real requests, of shipped and random filters
	@tests/deps/install compilers.txt
	URINGGEN_PROOF_CONTEXTS=10000000 $(GO) test -count=1 -timeout=20m -v ./tests/proof/...
	URINGGEN_PROOF_REQUESTS=100000 $(GO) run ./tests/vm -kernel uml -v -timeout=20m ./tests/proof

.PHONY: demo
demo: ## the two demonstrations of filters, in the newest kernel that Debian has
	@tests/deps/install
	CGO_ENABLED=0 $(GO) build -o bin/uringctl ./cmd/uringctl
	$(GO) run ./tests/vm -kernel newest bin/uringctl demo
	$(GO) run ./tests/vm -kernel newest -sysctl net.core.bpf_jit_enable=1 bin/uringctl bench -N -t 5

.PHONY: quick
quick: format-check vet lint check ## everything that a commit should pass, in under a minute once warm
	$(GO) test -short ./...

.PHONY: generate
generate: ## regenerate all generated code
	$(GO) generate ./...

.PHONY: check
check: ## is the generated code current and complete?
	$(GO) run ./cmd/uringgen check
	$(GO) run ./cmd/uringgen cheader --check -o bpf/src/include
	$(GO) run ./cmd/uringgen filter --check --package filters -o generated/filters generated/filters/obj

.PHONY: headers-update
headers-update: ## take the newest headers that Debian ships, regenerate, show what changed
	tests/debian/headers-update.sh

.PHONY: bench
bench: ## speed of generator, test bed and ring against others; length and cost of filters
	@tests/deps/install
	$(GO) run ./tests/bench/generate
	$(GO) run ./tests/bench/boot
	$(GO) run ./tests/bench/ring -o .cache/ring-bench.tsv
	$(GO) run ./tests/bench/filters
	$(GO) run ./tests/bench/filtercost

.PHONY: bench-plot
bench-plot: ## draw what make bench has measured of the ring, for the README
	cd tests/bench/plot && $(GO) run . -i ../../../.cache/ring-bench.tsv -o ../ring/ratios.svg

.PHONY: pictures
pictures: bench-plot ## and record the demonstration
	CGO_ENABLED=0 $(GO) build -o bin/uringctl ./cmd/uringctl
	NAME='uringctl demo' tests/screens/record tests/screens/demo.svg $(GO) run ./tests/vm -kernel newest bin/uringctl demo --color always

.PHONY: soak
soak: ## ten minutes of mixed operations with checksums, under the pressure of the garbage collector
	URINGGEN_SOAK=10m $(GO) test -count=1 -timeout=20m -v ./tests/soak

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (30s)
	@$(GO) test -list '^Fuzz' ./... | awk '/^Fuzz/ { name[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print name[i], $$2; n = 0 }' | \
	{ failed=0; while read -r name package; do \
		echo "$$package $$name"; \
		$(GO) test -run='^$$' -fuzz="^$$name$$" -fuzztime=$(FUZZTIME) "$$package" || failed=1; \
	done; exit $$failed; }

.PHONY: lint
lint: ## golangci-lint (the first run builds it: a few minutes)
	$(tool) golangci-lint run ./...

.PHONY: staticcheck
staticcheck: ## staticcheck alone
	$(tool) staticcheck ./...

.PHONY: vet
vet: ## go vet
	$(GO) vet ./...

.PHONY: cross
cross: ## vet what users import for every GOARCH: the layout assertions are checked there
	@for arch in $(arches); do \
		GOOS=linux GOARCH=$$arch $(GO) vet $(everywhere) || { echo "GOARCH=$$arch: failed"; exit 1; }; \
	done
	@echo "ok: go vet $(everywhere) for $(words $(arches)) architectures"
	@for system in $(others); do \
		GOOS=$${system%/*} GOARCH=$${system#*/} $(GO) vet $(everywhere) || { echo "$$system: failed"; exit 1; }; \
	done
	@echo "ok: go vet $(everywhere) for $(others)"

.PHONY: format
format: ## gofmt all Go files
	gofmt -w .

.PHONY: format-check
format-check:
	@files=$$(gofmt -l .) && { [ -z "$$files" ] || { echo "not formatted (make format):" >&2; echo "$$files" >&2; exit 1; }; }

.PHONY: deps
deps: ## install what the tests need: Debian packages as root, headers below .cache
	@tests/deps/install

.PHONY: clean
clean: ## remove caches and built files of this repository
	rm -rf .cache bin
