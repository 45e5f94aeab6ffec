# Everything goes through here; the work is in scripts/.
.DEFAULT_GOAL := all
.PHONY: all demo test format-check clean help
.DELETE_ON_ERROR:

# Installs missing Debian packages; on another system install them yourself and use: make SETUP=true
SETUP ?= scripts/setup.sh
export SETUP

program := out/kheadersfs
archive := out/archives/kheaders.tar.xz
sources := $(shell find src \( -name bin -o -name obj \) -prune -o -type f -print)

all: setup-build $(program) ## build the program, out/kheadersfs (default)

demo: ## mount a headers archive and compile an eBPF program against it
	@scripts/demo.sh

test: ## run all tests; the last line is the count
	@scripts/test.sh

format-check: ## fail if dotnet format would change anything
	dotnet format KHeadersFs.sln --verify-no-changes

clean: ## unmount the demo and remove all that was built
	@scripts/demo.sh --unmount
	rm -rf out
	find src tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

$(program): $(sources) scripts/publish.sh
	@scripts/publish.sh

$(archive): scripts/make-archive.sh
	@scripts/make-archive.sh -o $@

setup-%:
	@$(SETUP) $*
