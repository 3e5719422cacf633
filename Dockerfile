# linky-tic run: the meter without Home Assistant, see docs/en/standalone.md.
#
#   docker build --tag linky-tic .
#   docker run --device /dev/ttyUSB0 --group-add dialout --env LINKY_PORT=/dev/ttyUSB0 linky-tic

# The base is an index of images for all processors, of 9 October 2026; Dependabot raises it
FROM docker.io/library/python:3.13-slim-trixie@sha256:70729b46c69b4f1e97c4822c1af3df53a1476cf5ddc6c087c0c10bc3a5678c2f AS build
WORKDIR /src
COPY requirements/image.txt requirements/wheel.txt requirements/
# Packages come as wheels with the hashes that scripts/setup --compile noted, or not at all
RUN python -m venv --without-pip /opt/linky-tic
RUN pip --python /opt/linky-tic/bin/python install --no-cache-dir --no-compile \
    --only-binary :all: --require-hashes --requirement requirements/image.txt
RUN python -m venv --without-pip /opt/wheel
RUN pip --python /opt/wheel/bin/python install --no-cache-dir --no-compile \
    --only-binary :all: --require-hashes --requirement requirements/wheel.txt
COPY LICENSE README.md pyproject.toml ./
COPY custom_components/linky_meter/manifest.json custom_components/linky_meter/
COPY custom_components/linky_meter/linky_tic custom_components/linky_meter/linky_tic/
RUN pip --python /opt/wheel/bin/python wheel --no-cache-dir --no-index --no-deps \
    --no-build-isolation --check-build-dependencies --wheel-dir wheels .
RUN pip --python /opt/linky-tic/bin/python install --no-cache-dir --no-compile \
    --no-index --no-deps wheels/*.whl \
    && pip --python /opt/linky-tic/bin/python check

FROM docker.io/library/python:3.13-slim-trixie@sha256:70729b46c69b4f1e97c4822c1af3df53a1476cf5ddc6c087c0c10bc3a5678c2f
LABEL org.opencontainers.image.title="linky-tic" \
      org.opencontainers.image.description="Read a French Linky electricity meter" \
      org.opencontainers.image.source="https://github.com/linky-meter/linky-meter" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/linky-tic /opt/linky-tic
# Serial ports belong to the group dialout
RUN useradd --system --no-create-home --home-dir /data --groups dialout linky \
    && install --directory --owner linky /data
ENV PATH="/opt/linky-tic/bin:${PATH}" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TZ=Europe/Paris
USER linky
# linky-tic.toml may be put here, or mounted as /etc/linky-tic.toml
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["linky-tic"]
CMD ["run"]
