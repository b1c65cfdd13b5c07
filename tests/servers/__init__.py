"""The real servers that the tests talk to, and the ways to talk to them; what is in them is tests/data.

One way in: the fixtures of tests/conftest.py. They run docker-compose.yml where a Docker daemon answers, and the
embedded PostgreSQL with an installed Grafana where none does; a test does not see the difference.
"""
