# The image that `make image` packs, for who has a Docker engine: the same tree and the same configuration, read from here.
# Needs build/image/root, which `make image` leaves behind: make image && docker build --tag understudy .
FROM scratch
COPY build/image/root /
USER 65532:65532
ENV PATH="/usr/local/bin"
ENTRYPOINT ["/usr/local/bin/understudy"]
LABEL org.opencontainers.image.title="understudy"
LABEL org.opencontainers.image.description="Runs test suites against fresh copies of production volumes on DC/OS."
LABEL org.opencontainers.image.licenses="Apache-2.0"
LABEL org.opencontainers.image.version="0.1.0"
