# Segue. `make` alone lists the targets.

GO      ?= go
VERSION ?= 0.1.0-dev
BIN     := bin/segue
SOURCES := $(shell find cmd internal -name '*.go' -not -name '*_test.go') go.mod go.sum

# What the tests run besides Go: program:package of Debian. The race detector
# needs a C compiler; haproxy is what some tests take over from.
TOOLS := gcc:build-essential varnishtest:varnish curl:curl socat:socat ab:apache2-utils openssl:openssl wrk:wrk haproxy:haproxy

.PHONY: help build demo install uninstall test test-tools vet staticcheck generate fuzz bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: $(BIN) ## build bin/segue

$(BIN): $(SOURCES)
	CGO_ENABLED=0 $(GO) build -ldflags '-X main.Version=$(VERSION)' -o $@ ./cmd/segue

demo: $(BIN) ## start a load balancer, its status page and two origins on 127.0.0.1
	@demo/run $(BIN)

# Where "make install" puts things; DESTDIR goes before all of it. HAPROXY_LINK=1
# adds a link named haproxy, for scripts that call it; it replaces no program.
PREFIX  ?= /usr
SBINDIR ?= $(PREFIX)/sbin
DOCDIR  ?= $(PREFIX)/share/doc/segue
UNITDIR ?= $(if $(filter /usr,$(PREFIX)),/lib,$(PREFIX)/lib)/systemd/system
ETCDIR  ?= $(if $(filter /usr /usr/local,$(PREFIX)),/etc,$(PREFIX)/etc)

install: $(BIN) ## install program, unit, logrotate, rsyslog, pages: DESTDIR, PREFIX, ETCDIR, HAPROXY_LINK=1
	install -D -m 755 $(BIN) $(DESTDIR)$(SBINDIR)/segue
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(ETCDIR)/segue $(DESTDIR)$(DOCDIR)
	sed 's|/usr/sbin/segue|$(SBINDIR)/segue|g; s|/usr/share/doc/segue|$(DOCDIR)|g; s|/etc/segue/|$(ETCDIR)/segue/|g; s|/etc/default/|$(ETCDIR)/default/|g' packaging/segue.service > $(DESTDIR)$(UNITDIR)/segue.service
	chmod 644 $(DESTDIR)$(UNITDIR)/segue.service
	install -D -m 644 packaging/logrotate $(DESTDIR)$(ETCDIR)/logrotate.d/segue
	install -D -m 644 packaging/rsyslog.conf $(DESTDIR)$(ETCDIR)/rsyslog.d/49-segue.conf
	install -m 644 README.md CHANGELOG.md CONTRIBUTING.md LICENSE $(DESTDIR)$(DOCDIR)
	cp -r --no-preserve=ownership doc packaging $(DESTDIR)$(DOCDIR)/
	chmod -R u=rwX,go=rX $(DESTDIR)$(DOCDIR)
	@if [ -n "$(HAPROXY_LINK)" ]; then \
	  link=$(DESTDIR)$(SBINDIR)/haproxy; \
	  if [ -e $$link ] && [ ! -L $$link ]; then echo "$$link is a program of its own; it stays" >&2; exit 1; fi; \
	  ln -sfn segue $$link; fi

uninstall: ## remove what "make install" put there; configuration stays
	rm -f $(DESTDIR)$(SBINDIR)/segue $(DESTDIR)$(UNITDIR)/segue.service $(DESTDIR)$(ETCDIR)/logrotate.d/segue $(DESTDIR)$(ETCDIR)/rsyslog.d/49-segue.conf
	rm -rf $(DESTDIR)$(DOCDIR)
	rmdir $(DESTDIR)$(ETCDIR)/segue 2>/dev/null || true
	@link=$(DESTDIR)$(SBINDIR)/haproxy; if [ "$$(readlink $$link)" = segue ]; then rm -f $$link; fi

test: test-tools $(BIN) ## install what the tests need, and run all of them
	$(GO) test ./...
	$(GO) test -race -short ./internal/...

test-tools: ## install the programs that the tests call (Debian, Ubuntu)
	@PATH="$$PATH:/usr/sbin:/sbin"; missing=; for t in $(TOOLS); do command -v $${t%%:*} >/dev/null || missing="$$missing $${t##*:}"; done; \
	[ -z "$$missing" ] && exit 0; \
	echo "installing:$$missing"; \
	as=; [ "$$(id -u)" = 0 ] || as="sudo -n"; \
	export DEBIAN_FRONTEND=noninteractive; \
	$$as apt-get -qq update; $$as env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $$missing >/dev/null

vet: ## go vet
	$(GO) vet ./...

# The version is pinned, so that a new check never turns an old commit red.
staticcheck: ## honnef.co/go/tools
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

generate: ## write doc/manual from the tables of words
	$(GO) test ./internal/manual -update

FUZZTIME ?= 10s
fuzz: ## run every fuzz target for FUZZTIME (10s)
	@set -e; for p in $$(grep -rl --include='*_test.go' '^func Fuzz' internal | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -h -o '^func Fuzz[A-Za-z0-9_]*' $$p/*_test.go | cut -c6-); do \
	    echo "$$p $$f"; $(GO) test ./$$p -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME); done; done

bench: $(BIN) ## CPU per request beside the installed haproxy; writes doc/benchmarks.md
	$(GO) run ./test/bench -segue $(BIN) -out doc/benchmarks.md

clean: ## remove what was built
	rm -rf bin
