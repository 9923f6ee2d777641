# The product for production. Build: docker compose build
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MITRA_VAR=/var/lib/mitra
WORKDIR /srv/mitra
RUN useradd --system --uid 10001 --home-dir /var/lib/mitra --create-home mitra

COPY requirements/tools.lock requirements/base.lock requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/tools.lock \
    && uv pip install --system --no-cache --require-hashes --no-deps -r requirements/base.lock

COPY . .
# Settings are strict, so collecting needs a full set; these values live for this one command only.
RUN MITRA_MODE=production MITRA_HOSTS=build.invalid MITRA_BASE_URL=https://build.invalid EMAIL_HOST=build.invalid \
    MITRA_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
    MITRA_DEVICE_KEYS="1:$(python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
    MITRA_AUDIT_KEYS="1:$(python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
    DATABASE_URL=postgres://build.invalid/none REDIS_URL=redis://build.invalid/0 MITRA_PROXIES=1 \
    python manage.py collectstatic --noinput \
    && mkdir -p /var/lib/mitra/files /var/lib/mitra/anchors && chown -R mitra /var/lib/mitra
USER mitra
EXPOSE 8000
# The same words as in docker-compose.yml. The product itself reads X-Forwarded-For, as far as MITRA_PROXIES says.
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--lifespan", "off", \
     "--no-access-log", "--no-proxy-headers"]
