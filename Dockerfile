# The demo's feed of simulated prices. Grafana and the rest of docker-compose.yml run images of others.
FROM python:3.11.14-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /oddswatch
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt
COPY . .
USER 65534:65534
CMD ["python", "generate.py", "demo", "--heartbeat", "/tmp/heartbeat"]
