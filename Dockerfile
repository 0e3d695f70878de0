# The interpreter and system that CI tests on.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
        -r requirements.txt

FROM ${PYTHON_IMAGE}
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WSCHAT_DATA_DIR=/data \
    WSCHAT_STATIC_ROOT=/app/staticfiles
# A named volume that is mounted on one of these takes over its owner and mode.
RUN groupadd --system --gid 10001 wschat \
    && useradd --system --uid 10001 --gid wschat --no-create-home --home-dir /nonexistent wschat \
    && install -d -o wschat -g wschat -m 0700 /data /secrets
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py ./
COPY wschat_site wschat_site
COPY chat chat
COPY templates templates
COPY static static
COPY locale locale
COPY scripts/docker-secrets.sh scripts/secret-key.sh scripts/
# With a key for this one command: none is left in the image.
RUN scripts/secret-key.sh /tmp/key \
    && SECRET_KEY_FILE=/tmp/key python manage.py collectstatic --noinput --verbosity 0 \
    && rm /tmp/key \
    && python -m compileall -q chat wschat_site
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "manage.py", "serve", "0.0.0.0:8000"]
