# TORCH_HOME=<dir> chooses another libtorch for every target (docs/dependencies.md).

.DEFAULT_GOAL := help
.PHONY: help setup build lint test demo sanitize fuzz

swift_sources := Package.swift Sources Tests $(wildcard Benchmarks)

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)

setup: ## install the libraries that are missing (Debian; root or sudo)
	@scripts/setup.sh

build: setup ## build the program, optimised: .build/release/framewise
	swift build --configuration release --product framewise
	swift build --configuration release --product framewise-extract-worker
	swift build --configuration release --product framewise-serve

lint: ## check the style of every Swift file
	swift format lint --strict --recursive $(swift_sources)

test: setup lint ## everything that is checked before a change lands
	swift build --build-tests
	swift test --skip-build

demo: build ## draw videos, then extract, fit ten folds, infer and evaluate, in demo/
	@scripts/demo.sh

sanitize: setup ## our C and C++ under AddressSanitizer, as far as it can be
	scripts/sanitize.sh

fuzz: setup ## 2000 damaged videos through the real command, and the readers of published files under libFuzzer
	scripts/fuzz_extract.sh
	scripts/fuzz_readers.sh
