"""The environment variables that make a Grafana ours: it keeps to itself, and sends our mails."""

import os
from collections.abc import Mapping
from pathlib import Path

from oddswatch.names import DATASOURCE, ROOT
from oddswatch.servers import grafana_home
from oddswatch.servers.ports import HOST

#: Nobody gets in without a password, nothing goes out. The same choices stand in docker-compose.yml.
PRIVATE = {
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_ANALYTICS_FEEDBACK_LINKS_ENABLED": "false",
    "GF_AUTH_ANONYMOUS_ENABLED": "false",
    "GF_EMAILS_CONTENT_TYPES": "text/html,text/plain",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    # From 12.4 on a plugin's process gets no PG* or SSL_CERT_FILE unless it is named here.
    "GF_PLUGINS_FORWARD_HOST_ENV_VARS": DATASOURCE["type"],
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    "GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED": "true",
    "GF_PUBLIC_DASHBOARDS_ENABLED": "false",
    "GF_SECURITY_DISABLE_GRAVATAR": "true",
    "GF_SNAPSHOTS_EXTERNAL_ENABLED": "false",
    "GF_USERS_ALLOW_SIGN_UP": "false",
    # Provisioned contact points act at the next poll: with the usual 60 s an early mail goes to the built-in receiver.
    "GF_UNIFIED_ALERTING_ALERTMANAGER_CONFIG_POLL_INTERVAL": "10s",
}
#: Our mails in place of Grafana's own.
MAIL_TEMPLATES = ROOT / "alerting" / "templates"


def paths(home: Path, data: Path, provisioning: Path) -> dict[str, str]:
    """Return where Grafana reads and writes: its data, our tree, our mails, the plugins that came with it."""
    plugins = grafana_home.plugins(home)
    return {
        "GF_EMAILS_TEMPLATES_PATTERN": _mail_templates(home),
        "GF_PATHS_DATA": str(data),
        "GF_PATHS_LOGS": str(data / "log"),
        "GF_PATHS_PLUGINS": str(data / "plugins"),
        "GF_PATHS_PROVISIONING": str(provisioning),
    } | ({"GF_PATHS_BUNDLED_PLUGINS": str(plugins)} if plugins else {})


def server(port: int, user: str, password_file: Path) -> dict[str, str]:
    """Return where Grafana listens, and its first admin."""
    return {
        "GF_LOG_MODE": "console",
        # Grafana expands ${…} in its settings; what it reads from a file it takes as it stands.
        "GF_SECURITY_ADMIN_PASSWORD": f"$__file{{{password_file}}}",
        "GF_SECURITY_ADMIN_USER": user,
        "GF_SERVER_HTTP_ADDR": HOST,
        "GF_SERVER_HTTP_PORT": str(port),
        "GF_SERVER_PROTOCOL": "http",
        "GF_SERVER_ROOT_URL": f"http://{HOST}:{port}/",
    }


def mail(server: tuple[str, int] | None) -> dict[str, str]:
    """Return how mails leave, through a server (host and port) without encryption; None sends none."""
    if server is None:
        return {}
    host, port = server
    return {
        "GF_SMTP_ENABLED": "true",
        "GF_SMTP_HOST": f"{host}:{port}",
        "GF_SMTP_FROM_ADDRESS": "oddswatch@grafana.localhost",
        "GF_SMTP_FROM_NAME": "Oddswatch",
        "GF_SMTP_STARTTLS_POLICY": "NoStartTLS",
    }


def inherited(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the surroundings without their `GF_` settings: those belong to another Grafana."""
    return {name: value for name, value in environment.items() if not name.startswith("GF_")}


def _mail_templates(home: Path) -> str:
    """Grafana's own templates, then ours of the same names; the paths are relative to its public folder."""
    ours = os.path.relpath(MAIL_TEMPLATES, home.absolute() / "public")
    return f"emails/*.html, emails/*.txt, {ours}/*.html, {ours}/*.txt"
