# vfa-claims as an image: `vfa-claims serve` as a user without rights, the ledger in a volume.
#   docker build -t vfa-claims .
#   docker run -v ./practice.yaml:/etc/vfa-claims/practice.yaml:ro -v ledger:/var/lib/vfa-claims -p 8080:8080 \
#     -e VFA_ALLOW_UNAUTHENTICATED=1 vfa-claims
# Without VFA_ALLOW_UNAUTHENTICATED=1 it listens inside the container alone, and says so in its log.

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements-uv.lock requirements.lock pyproject.toml ./
# The lock holds the tools of the developers too: as constraints it gives pins and hashes to what is asked for.
RUN python -m venv tools \
 && tools/bin/python -m pip install --quiet --no-cache-dir --require-hashes -r requirements-uv.lock \
 && tools/bin/uv venv --quiet --python python /opt/vfa-claims \
 && tools/bin/uv pip install --quiet --no-cache --require-hashes --python /opt/vfa-claims/bin/python \
      --compile-bytecode -r pyproject.toml -c requirements.lock \
 && tools/bin/uv pip install --quiet --no-cache --require-hashes --python tools/bin/python \
      --group build -c requirements.lock
COPY README.md LICENSE NOTICE ./
COPY service service
COPY mappings mappings
COPY fhir_profiles fhir_profiles
COPY examples/practice.yaml examples/practice.yaml
COPY examples/brief examples/brief
RUN tools/bin/uv build --quiet --offline --wheel --no-build-isolation --python tools/bin/python --out-dir dist \
 && tools/bin/uv pip install --quiet --offline --no-cache --no-deps --compile-bytecode \
      --python /opt/vfa-claims/bin/python dist/*.whl \
 && rm /opt/vfa-claims/.lock

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/vfa-claims --shell /usr/sbin/nologin vfa \
 && install -d -o vfa -g vfa -m 0700 /var/lib/vfa-claims \
 && install -d /etc/vfa-claims
COPY --from=build /opt/vfa-claims /opt/vfa-claims
ENV PATH=/opt/vfa-claims/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VFA_DATABASE=/var/lib/vfa-claims/ledger.sqlite3 \
    VFA_HOST=auto \
    VFA_PORT=8080 \
    VFA_PRACTICE=/etc/vfa-claims/practice.yaml
USER vfa
WORKDIR /var/lib/vfa-claims
VOLUME /var/lib/vfa-claims
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['VFA_PORT'] + '/readyz', timeout=4)"]
CMD ["vfa-claims", "serve"]
