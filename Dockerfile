# The gateway as an image: user 10001, a root that nobody writes to, no shell needed.
#
#   docker build --tag registry.example/consent-gateway:0.1.0 .
#
# BASE is any image with Python 3.11 or newer and its venv; name it by its digest for what you keep.
ARG BASE=docker.io/library/python:3.13-slim-trixie

# hadolint ignore=DL3006
FROM ${BASE} AS build
COPY requirements.txt /build/
# Every file by its hash, and nothing is compiled: what is not in the lock does not get in.
RUN python3 -m venv --without-pip /opt/gateway \
    && python3 -m venv /build/pip \
    && /build/pip/bin/python -m pip --python /opt/gateway/bin/python install --no-cache-dir --no-deps --only-binary :all: \
       --require-hashes --disable-pip-version-check --requirement /build/requirements.txt
COPY LICENSE NOTICE /opt/gateway/
COPY gateway /opt/gateway/app/gateway
COPY policies /opt/gateway/app/gateway/_policies
# Compiled here, because nobody may write it later; by content, so that two builds are alike.
RUN /opt/gateway/bin/python -m compileall -q --invalidation-mode checked-hash /opt/gateway/app /opt/gateway/lib \
    && mkdir -p /var/lib/gateway /var/lib/gateway-journal /etc/gateway

# hadolint ignore=DL3006
FROM ${BASE}
LABEL org.opencontainers.image.title="consent-gateway" \
      org.opencontainers.image.description="A privacy-first, consent-aware gateway in front of third-party pixels" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/gateway /opt/gateway
COPY --from=build --chown=10001:10001 /var/lib/gateway /var/lib/gateway
# For `rights.journal`: a volume of its own, so that no backup of the data holds it.
COPY --from=build --chown=10001:10001 /var/lib/gateway-journal /var/lib/gateway-journal
COPY --from=build /etc/gateway /etc/gateway
ENV PYTHONPATH=/opt/gateway/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GATEWAY_CONFIG=/etc/gateway/gateway.yaml
USER 10001:10001
WORKDIR /var/lib/gateway
EXPOSE 8080 9090
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/opt/gateway/bin/python", "-m", "gateway", "health", "--live"]
ENTRYPOINT ["/opt/gateway/bin/python", "-m", "gateway"]
CMD ["serve"]
