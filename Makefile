# `make` prints what there is. README.md names the two commands a newcomer needs.
PREFIX ?= /usr/local
SWIFT ?= swift
SOURCES = Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources
ASSAY = .build/release/assay
DEMO = build/demo

.PHONY: help bootstrap build test demo install format format-check peers bench clean

help:
	@sed -n 's/^## //p' Makefile

## make demo          build, write the starter pilot into build/demo, run it, say where the documents are
# Exit code 1 means that the pilot's gate is not met: the expected end of the starter pilot.
# `init` writes into an empty folder only and `run` replaces its own output, so both start afresh.
demo: build
	@rm -rf $(DEMO)
	@mkdir -p build
	$(ASSAY) init $(DEMO)
	@$(ASSAY) run $(DEMO)/pilot.yaml -o $(DEMO)/out; status=$$?; \
	  if [ $$status -gt 1 ]; then echo "make demo: assay run ended with exit code $$status" >&2; exit $$status; fi; \
	  for name in pilot-readiness evaluation dp-feasibility model-card; do \
	    file=$(CURDIR)/$(DEMO)/out/$$name.html; \
	    test -s "$$file" || { echo "make demo: $$file was not written" >&2; exit 70; }; \
	  done; \
	  echo; echo "Documents (open the first one first):"; \
	  for name in pilot-readiness evaluation dp-feasibility model-card; do \
	    echo "  $(CURDIR)/$(DEMO)/out/$$name.html"; \
	  done; \
	  echo "For CI: $(CURDIR)/$(DEMO)/out/gate.xml"; \
	  if [ $$status -eq 1 ]; then \
	    echo "The gate is not met, as expected of this pilot; the documents say which checks and why."; \
	  fi

## make test          build everything and run every test
test: bootstrap
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

## make build         release build; the command is .build/release/assay
# The Swift libraries are linked statically: start-up takes some 10 ms, and the command needs no
# Swift toolchain where it runs (Docs/decisions/0011-static-swift-runtime.md). libxml2, SQLite, libcrypto and the
# compression libraries stay shared, so that the system's security updates reach them.
build: bootstrap
	$(SWIFT) build -c release --static-swift-stdlib --product assay

## make install       put the command into PREFIX/bin (default /usr/local) and its data into PREFIX/share/assay
install: build
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/assay"
	install -m 755 $(ASSAY) "$(DESTDIR)$(PREFIX)/bin/assay"
	@for folder in templates checklists model-cards; do \
	  rm -rf "$(DESTDIR)$(PREFIX)/share/assay/$$folder"; \
	  cp -R $$folder "$(DESTDIR)$(PREFIX)/share/assay/" || exit 1; \
	done
	@echo "installed $(DESTDIR)$(PREFIX)/bin/assay"

## make format        format all Swift files in place
format:
	$(SWIFT) format --in-place --recursive $(SOURCES)

## make format-check  fail on files that `make format` would change or that break a rule
format-check:
	$(SWIFT) format lint --strict --recursive $(SOURCES)

## make peers         the Python packages that some tests compare with, in .peers (skipped without network)
peers:
	Scripts/peers

## make bench         release benchmarks against their thresholds; see Benchmarks/README.md
bench: bootstrap
	$(SWIFT) run --package-path Benchmarks -c release assay-benchmarks \
	  --thresholds Benchmarks/Thresholds/training.txt

## make clean         remove everything that was built
clean:
	rm -rf .build build .peers Benchmarks/.build

bootstrap:
	@Scripts/bootstrap
