# One image for every process of ours: the service (the default), `python -m worker`, `python -m worker.keeper`, and
# `python -m migrations`. The broker and the database are other containers.

FROM python:3.12-slim AS environment
# Or requirements-s3.lock, for BACKPROP_STORAGE_URL=s3://...
ARG LOCK=requirements.lock
COPY requirements.lock requirements-s3.lock /tmp/
# Neither pip nor the packages' own tests are needed to run: together 70 MB.
RUN python -m venv --without-pip /opt/backprop \
    && pip --python /opt/backprop/bin/python install --quiet --no-cache-dir --require-hashes \
        --requirement "/tmp/$LOCK" \
    && find /opt/backprop -type d -name tests -prune -exec rm -r {} +

FROM python:3.12-slim
# One BLAS thread: there are as many processes as cores.
ENV PATH=/opt/backprop/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OPENBLAS_NUM_THREADS=1 \
    OMP_NUM_THREADS=1 \
    BACKPROP_HOST=0.0.0.0 \
    BACKPROP_DATA_DIR=/data
# The user has a name because Celery takes a nameless one for root; a volume mounted on /data takes over the owner.
RUN groupadd --gid 10001 backprop \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin backprop \
    && install -d -o 10001 -g 10001 /data
COPY --from=environment /opt/backprop /opt/backprop
WORKDIR /app
COPY backprop backprop
COPY service service
COPY worker worker
COPY migrations migrations
RUN python -m compileall -q .
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "service"]
