# The checks of make test, what each needs, and how long it usually takes: scripts/test/check.sh SECONDS NAME COMMAND.
# make starts them from the top as soon as what they need is there, so what others wait for, or what takes longest, stands first.
check := @scripts/test/check.sh
# A list of classes each: tests/KHeadersFs.Mount.Tests/shards
shards := $(shell sed -n 's/^shard //p' tests/KHeadersFs.Mount.Tests/shards)
early := $(addprefix mount-,$(filter early-%,$(shards)))
late := $(addprefix mount-,$(filter late-%,$(shards)))
inits := openrc busybox autofs
packaged := newcomer containers packages-run second-build packages-lint packages-image containers-rootless newcomer-other readme-host
documented := manifests manual install systemd-unit generator-unit systemd-security systemd-fstab systemd-run generator-run $(inits)
quick := format shellcheck documents readme-blocks classes fuse-suite archive-quick
.DEFAULT_GOAL := together
.PHONY: together alone quick

# Beside each other, and then what measures or drops the machine's caches.
together: program archive solution $(early) variants arm64-archive newer-archives arm64-program $(late) archive-suite fuse-suite $(packaged) $(documented) gate made-inputs \
	views-installed views-kbuild views-programs session setup-waits completion format shellcheck documents readme-blocks classes
alone: mount-alone soak
quick: $(quick)

setup:
	$(check) 200 "setup" $(or $(SETUP),scripts/setup.sh) build test headers archives packages containers
setup-build:
	$(check) 60 "setup for a build" $(or $(SETUP),scripts/setup.sh) build

program: setup
	$(check) 60 "program is built" make -s out/kheadersfs
gate: program
	$(check) 3 "program is small, static and loads no module" scripts/publish.sh --check
# What is after "|" only comes first: most lists wait for the solution, and it takes twice as long beside three others.
arm64-program: setup | solution
	$(check) 70 "program for arm64 is built" scripts/test/build-arm64.sh
solution: $(if $(filter quick,$(MAKECMDGOALS)),setup-build,setup)
	$(check) 60 "solution builds without warnings" dotnet build KHeadersFs.sln -c Release --nologo
archive: setup
	$(check) 40 "the archive of the installed headers is made" make -s out/archives/kheaders.tar.xz
variants: archive
	$(check) 60 "its variants are made" scripts/make-variants.sh out/archives/kheaders.tar.xz out/archives
arm64-archive: setup | solution
	$(check) 100 "the archive of a kernel for arm64 is made" make -s out/archives/arm64.tar.xz
# Of Debian's mirror; what was made before is taken again.
newer-archives: setup | solution
	$(check) 60 "archives of newer kernels are made" make -s $(addprefix out/archives/,$(addsuffix .tar.xz,trixie-amd64 trixie-arm64 sid-amd64 sid-arm64))

# Style is the build's (EnforceCodeStyleInBuild).
format: solution
	$(check) 30 "code is formatted" dotnet format whitespace KHeadersFs.sln --verify-no-changes --no-restore
shellcheck: $(if $(filter quick,$(MAKECMDGOALS)),,setup)
	$(check) 40 "scripts pass shellcheck" scripts/test/shellcheck.sh
documents:
	$(check) 5 "documents lead to what is there" scripts/check-documents.sh
readme-blocks:
	$(check) 2 "the README says where each of its commands is run" scripts/check-readme.sh blocks
setup-waits: setup
	$(check) 15 "setup waits for what installs something else" scripts/check-setup.sh
# Beside checks that wait for others.
made-inputs: solution
	$(check) 60 "made archives, stores, requests and headers are taken or refused" tests/fuzz/bin/Release/net10.0/KHeadersFs.Fuzz --seconds 25

# It reads the headers that the program for arm64 is linked with.
fuse-suite: solution $(if $(filter quick,$(MAKECMDGOALS)),,arm64-program)
	$(check) 60 "KHeadersFs.Fuse.Tests" scripts/test/suite.sh KHeadersFs.Fuse.Tests
archive-suite: solution variants arm64-archive newer-archives
	$(check) 90 "KHeadersFs.Archive.Tests" scripts/test/suite.sh KHeadersFs.Archive.Tests
archive-quick: solution
	$(check) 20 "KHeadersFs.Archive.Tests, without archives" scripts/test/suite.sh KHeadersFs.Archive.Tests quick
classes: solution
	$(check) 5 "every class of the mounted tests is in one list" scripts/test/suite.sh KHeadersFs.Mount.Tests check
$(early): mount-%: solution program archive
	$(check) 240 "KHeadersFs.Mount.Tests, $*" scripts/test/suite.sh KHeadersFs.Mount.Tests $*
$(late): mount-%: solution program variants arm64-archive newer-archives arm64-program
	$(check) 240 "KHeadersFs.Mount.Tests, $*" scripts/test/suite.sh KHeadersFs.Mount.Tests $*
mount-alone: solution program variants arm64-archive newer-archives
	$(check) 120 "KHeadersFs.Mount.Tests, alone" scripts/test/suite.sh KHeadersFs.Mount.Tests alone

man: program
	$(check) 5 "manual is made" make -s man
packages: man
	$(check) 30 "packages are built" make -s SETUP=true packages
packages-lint: packages arm64-program
	$(check) 20 "packages hold the same program, its licences, and no error that lintian finds" scripts/check-packages.sh lint
packages-run: packages archive
	$(check) 70 "packages are installed, upgraded while mounted, and removed" scripts/check-packages.sh run
packages-image: packages archive
	$(check) 15 "container image mounts by itself" scripts/check-packages.sh image
containers: packages archive
	$(check) 40 "podman runs the image as the manifest says" scripts/check-containers.sh run
containers-rootless: packages archive
	$(check) 20 "podman of an ordinary user mounts release:R" scripts/check-containers.sh rootless
manifests: man
	$(check) 5 "kubectl knows the manifests" scripts/check-containers.sh manifests
second-build: packages
	$(check) 90 "a second build in another folder gives the same bytes" scripts/check-reproducible.sh
newcomer: packages archive newer-archives
	$(check) 90 "the README leads a newcomer through a fresh Debian" scripts/check-readme.sh debian
newcomer-other: packages archive newer-archives
	$(check) 40 "the README leads a newcomer through a root of busybox" scripts/check-readme.sh other
readme-host: packages archive newer-archives
	$(check) 40 "the README's commands work here" scripts/check-readme.sh host

manual: man
	$(check) 5 "manual has no warnings and knows every option" scripts/check-install.sh manual
install: man
	$(check) 5 "install puts all in place and uninstall takes it away" scripts/check-install.sh files
systemd-unit: man
	$(check) 5 "systemd accepts the unit" scripts/check-systemd.sh unit
generator-unit: man
	$(check) 5 "systemd accepts the generator's units" scripts/check-generator.sh unit
systemd-security: man
	$(check) 5 "the service is hardened" scripts/check-systemd.sh security
systemd-fstab: man
	$(check) 5 "fstab lines wait for no device" scripts/check-systemd.sh fstab
systemd-run: man archive
	$(check) 40 "systemd runs, revives and stops the service" scripts/check-systemd.sh run
generator-run: man archive
	$(check) 40 "headers are armed, mounted at the first look, and gone without use" scripts/check-generator.sh run
$(inits): man archive
	$(check) 40 "$@ mounts, replaces a killed server, and unmounts" scripts/check-inits.sh $@

views-%: program variants arm64-archive
	$(check) 60 "views are what the kernel's build makes: $*" scripts/check-uapi.sh $*
session: program archive
	$(check) 40 "the picture of a terminal shows what happens" scripts/make-session.sh --check
completion: program
	$(check) 20 "completion offers the options of the program" scripts/check-completion.sh
# It drops the machine's caches.
soak: program archive
	$(check) 60 "many use one mount while caches are dropped and others are killed" env READERS=8 scripts/soak.sh use 30
