# Everything goes through here; the work is in scripts/.
.DEFAULT_GOAL := all
.PHONY: all man deb rpm tarball image packages release demo test test-quick soak fuzz conformance bench-micro client-test vm-test system-test bench format-check install uninstall clean help
.DELETE_ON_ERROR:

# Installs missing packages with apt; on another system it says what to install. To have nothing looked for: make SETUP=true
SETUP ?= scripts/setup.sh
export SETUP

# linux-x64 or linux-arm64: the program for another architecture than this machine's goes into a folder of its own.
host_rid := $(patsubst aarch64,linux-arm64,$(patsubst x86_64,linux-x64,$(shell uname -m)))
RID ?= $(host_rid)
export RID
foreign := $(filter-out $(host_rid),$(RID))

host_program := out/kheadersfs
foreign_program := $(addprefix out/,$(addsuffix /kheadersfs,$(foreign)))
program := $(or $(foreign_program),$(host_program))
archive := out/archives/kheaders.tar.xz
# Of a real kernel's source: that of the system's package.
arm64_archive := out/archives/arm64.tar.xz
# Of the header packages of Debian's suites: SUITE-ARCHITECTURE. Which kernel's, the archive itself says (kheadersfs info).
debian_archives := $(foreach suite,trixie sid,$(foreach architecture,amd64 arm64,out/archives/$(suite)-$(architecture).tar.xz))
manual := out/kheadersfs.8
# Documents, the manual, the services, the completions and the manifests are no part of the program.
sources := $(shell find src \( -name bin -o -name obj -o -name Manual -o -name '*.service' -o -name OpenRC -o -name Completions -o -name deploy \
	-o -name '*.md' \) -prune -o -type f -print)

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
# mount(8) looks nowhere else for its helpers.
SBINDIR ?= /sbin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/kheadersfs
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
# Debian's zsh looks into vendor-completions for packages.
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
# systemd reads units below /usr/lib, /usr/local/lib and, where /lib is a directory of its own, /lib.
UNITDIR ?= $(PREFIX)/lib/systemd/system
# It looks for generators there, too.
GENERATORDIR ?= $(PREFIX)/lib/systemd/system-generators
# Where OpenRC has its services, /etc/init.d; without it nothing is put there, for on other systems scripts in there are another init's.
OPENRCDIR ?=

helpers := mount.fuse.kheadersfs mount.kheadersfs
# Relative where both are in one directory, as packages want it. Not elsewhere: /sbin may be a link to a directory further down.
helper_target := $(if $(filter $(BINDIR),$(SBINDIR:%/sbin=%/bin)),../bin,$(BINDIR))/kheadersfs
generator_target := $(if $(filter $(BINDIR),$(GENERATORDIR:%/lib/systemd/system-generators=%/bin)),../../../bin,$(BINDIR))/kheadersfs
documents := LICENSE src/CHANGELOG.md
installed := $(BINDIR)/kheadersfs $(addprefix $(SBINDIR)/,$(helpers)) \
	$(addprefix $(MANDIR)/man8/,$(addsuffix .8,kheadersfs $(helpers))) \
	$(addprefix $(DOCDIR)/,$(notdir $(documents))) \
	$(COMPLETIONDIR)/kheadersfs $(ZSHDIR)/_kheadersfs $(FISHDIR)/kheadersfs.fish $(UNITDIR)/kheadersfs.service $(GENERATORDIR)/kheadersfs-generator $(addsuffix /kheadersfs,$(OPENRCDIR))

# The manual is made from what the program says of itself: not by one that cannot run here.
all: setup-build $(addprefix setup-,$(foreign)) $(program) $(if $(foreign),,man) ## build the program, out/kheadersfs, and its manual (default)

man: $(manual) ## build the manual, out/kheadersfs.8

# Installing builds nothing: whoever installs is often root.
install: ## install what make has built: PREFIX=/usr/local, SBINDIR=/sbin, OPENRCDIR=, DESTDIR=
	@test -x $(program) && test -f $(manual) || { echo "install: run make first" >&2; exit 1; }
	install -D -m 755 $(program) "$(DESTDIR)$(BINDIR)/kheadersfs"
	install -D -m 644 $(manual) "$(DESTDIR)$(MANDIR)/man8/kheadersfs.8"
	install -D -m 644 src/KHeadersFs/Completions/kheadersfs.bash "$(DESTDIR)$(COMPLETIONDIR)/kheadersfs"
	install -D -m 644 src/KHeadersFs/Completions/_kheadersfs "$(DESTDIR)$(ZSHDIR)/_kheadersfs"
	install -D -m 644 src/KHeadersFs/Completions/kheadersfs.fish "$(DESTDIR)$(FISHDIR)/kheadersfs.fish"
	install -D -m 644 src/KHeadersFs/Systemd/kheadersfs.service "$(DESTDIR)$(UNITDIR)/kheadersfs.service"
	sed -i 's|/usr/local/bin/|$(BINDIR)/|' "$(DESTDIR)$(UNITDIR)/kheadersfs.service"
	[ -z "$(OPENRCDIR)" ] || { install -D -m 755 src/KHeadersFs/OpenRC/kheadersfs "$(DESTDIR)$(OPENRCDIR)/kheadersfs" && \
		sed -i 's|/usr/local/bin/|$(BINDIR)/|' "$(DESTDIR)$(OPENRCDIR)/kheadersfs"; }
	install -d -m 755 "$(DESTDIR)$(SBINDIR)" "$(DESTDIR)$(DOCDIR)" "$(DESTDIR)$(GENERATORDIR)"
	install -m 644 $(documents) "$(DESTDIR)$(DOCDIR)"
	ln -sfn "$(generator_target)" "$(DESTDIR)$(GENERATORDIR)/kheadersfs-generator"
	for helper in $(helpers); do \
		ln -sfn "$(helper_target)" "$(DESTDIR)$(SBINDIR)/$$helper" && \
		ln -sfn kheadersfs.8 "$(DESTDIR)$(MANDIR)/man8/$$helper.8" || exit; \
	done

uninstall: ## remove what make install has put there, given the same variables
	rm -f $(foreach file,$(installed),"$(DESTDIR)$(file)")
	[ ! -d "$(DESTDIR)$(DOCDIR)" ] || rmdir --ignore-fail-on-non-empty "$(DESTDIR)$(DOCDIR)"

# RID=linux-arm64 for the other architecture; the files go to out/packages/RID.
deb rpm tarball image: setup-build setup-packages $(addprefix setup-,$(foreign)) $(program) $(manual)
	@scripts/packages/$@.sh

packages: deb rpm tarball image ## build .deb, .rpm, tarball and OCI image into out/packages; also one by one: deb, rpm, tarball, image

release: ## build a release, VERSION=1.2.3, of both architectures into out/release
	@scripts/packages/release.sh "$(VERSION)"

demo: ## mount a headers archive and compile an eBPF program against it
	@scripts/demo.sh

test: ## run all tests; the last line is the count
	@scripts/test.sh

test-quick: ## run those that mount nothing and need no archive, before each commit
	@scripts/test.sh quick

# KILLS=600, or MINUTES=10 READERS=64
soak: setup-test setup-archives $(program) $(archive) ## kill mounts at every moment of their lives, KILLS=600 times; with MINUTES=n use one, and compare
	@scripts/soak.sh $(if $(MINUTES),use $$(( $(MINUTES) * 60 )),kills)

# MINUTES=1 TARGET=all
fuzz: setup-build setup-fuzz ## give made archives, stores, requests and headers to what reads them, by seed and by coverage, MINUTES=1, TARGET=all
	@scripts/fuzz.sh $(or $(TARGET),all) $$(( $(or $(MINUTES),1) * 60 ))

# SECONDS_EACH=10
conformance: setup-conformance $(program) $(archive) ## have stress-ng and fio read from a mount, as far as they can test one that is read-only
	@scripts/conformance.sh

client-test: setup-build setup-clients $(program) ## have today's clang, bcc and bpftrace, of Debian sid, compile against a mount of Linux 7; needs root
	@scripts/client-test.sh

# ARCH=arm64
vm-test: setup-vm $(if $(filter arm64,$(ARCH)),setup-packages) ## boot kernels that carry their headers and mount those, x86-64 or ARCH=arm64
	@$(MAKE) --no-print-directory $(if $(filter arm64,$(ARCH)),RID=linux-arm64 packages,RID=linux-x64)
	@scripts/vm/run.sh -p

system-test: ## run make demo and make test in bare roots of Debian 12, 13 and sid; needs root, 20 minutes for each
	@scripts/check-systems.sh all

# ARCHIVE=..., ROUNDS=7; KEEP=1 also puts the figures into src/docs and tests/bench.
bench: setup-bench $(program) $(if $(ARCHIVE),,$(archive)) ## measure against tmpfs, xz and other file systems; needs root and an idle machine
	@scripts/bench.sh $(if $(KEEP),--keep) $(ARCHIVE)

bench-micro: $(archive) ## time lookup, readdir, decoding and dispatch, and count what they allocate
	dotnet run -c Release --project tests/bench -- micro $(archive)

format-check: ## fail if dotnet format would change anything
	dotnet format KHeadersFs.sln --verify-no-changes

clean: ## unmount the demo and remove all that was built
	@scripts/demo.sh --unmount
	rm -rf out
	find src tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

$(host_program) $(foreign_program): $(sources) scripts/publish.sh
	@RID=$(if $(filter $@,$(host_program)),$(host_rid),$(RID)) scripts/publish.sh

$(manual): $(host_program) src/KHeadersFs/Manual/kheadersfs.8.in scripts/make-manual.sh
	@scripts/make-manual.sh $(host_program) $@

$(archive): scripts/make-archive.sh
	@scripts/make-archive.sh -o $@

# xz -1: the kernel's own xz -6 takes seven times as long, and one archive that it wrote is enough.
$(arm64_archive): scripts/make-archive.sh scripts/unpack-kernel.sh
	@source=$$(scripts/unpack-kernel.sh --find) && ARCH=arm64 XZ_OPT=-1 scripts/make-archive.sh --kernel "$$source" -o $@

# Not made anew because a script or the suite has changed: only that asks the mirror.
$(debian_archives): out/archives/%.tar.xz:
	@XZ_OPT=-1 scripts/make-archive.sh --debian $(subst -,:,$*) -o $@

setup-%:
	@$(SETUP) $*
