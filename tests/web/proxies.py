"""The web servers of docs/proxy.md, started as they stand there on high ports of 127.0.0.1, with a certificate of our own.

Takes   a folder, the port of the pages.
Gives   a Proxy: its port, and every line it has logged anywhere.
Fails   AssertionError when the program is missing, or the example is not understood by it.
"""

import http.client
import os
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.homes import ROOT
from tests.oracles.programs import needed
from tests.waiting import until
from tests.web.serving import free_port

NAME = "utskick.vallentuna.example"
NO_NGINX = "nginx saknas. På Debian: apt-get install nginx-light"
NO_CADDY = "caddy saknas. På Debian: apt-get install caddy"
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Proxy:
    """A web server in front of the pages."""

    port: int
    logs: Path

    def logged(self) -> str:
        """All that it has written, wherever."""
        return "".join(p.read_text("utf-8", "replace") for p in sorted(self.logs.iterdir()))

    def connect(self) -> ssl.SSLSocket:
        """A line to it. Its certificate is its own."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        return context.wrap_socket(raw, server_hostname=NAME)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body)."""
        return self.ask_each([(method, path)], body, **headers)[0]

    def ask_each(
        self, asked: list[tuple[str, str]], body: bytes = b"", **headers: str
    ) -> list[tuple[int, dict[str, str], bytes]]:
        """The same of each (method, path), over one line as long as it holds. A POST has the body."""
        named = {"Host": NAME} | {name.replace("_", "-"): value for name, value in headers.items()}
        line = http.client.HTTPConnection(NAME)
        found = []
        try:
            for method, path in asked:
                if line.sock is None:
                    line.sock = self.connect()
                line.request(method, path, body if method == "POST" else None, named)
                answer = line.getresponse()
                found.append((answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()))
        finally:
            line.close()
        return found


@cache
def example(language: str) -> str:
    """The one block of docs/proxy.md in this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "proxy.md").read_text("utf-8"), re.S)
    return str(found)


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """With what only this machine has: ports, folders, the certificate. Each is there to be changed."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[Proxy]:
    key, certificate = _certificate(folder)
    port, plain, logs = free_port(), free_port(), folder / "logs"
    logs.mkdir()
    live = f"/etc/letsencrypt/live/{NAME}"
    own = changed(
        example("nginx"),
        ("    listen [::]:80;\n", ""), ("    listen [::]:443 ssl http2;\n", ""),
        ("listen 80;", f"listen 127.0.0.1:{plain};"), ("listen 443 ", f"listen 127.0.0.1:{port} "),
        (f"{live}/fullchain.pem", str(certificate)), (f"{live}/privkey.pem", str(key)),
        ("/var/log/nginx/", f"{logs}/"), ("127.0.0.1:8025", f"127.0.0.1:{upstream}"),
    )  # fmt: skip
    temps = "".join(f"{n}_temp_path {folder}/{n};\n" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole = folder / "nginx.conf"
    user = "user root;\n" if os.getuid() == 0 else ""
    whole.write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log {logs}/error.log info;\n"
        f"events {{ worker_connections 512; }}\nhttp {{\naccess_log {logs}/all.log;\n{temps}{own}}}\n",
        "utf-8",
    )
    program = needed("nginx", NO_NGINX, "/usr/sbin/nginx")
    with _running([program, "-e", f"{logs}/start.log", "-c", str(whole), "-p", str(folder)], logs, port):
        yield Proxy(port, logs)


@contextmanager
def caddy(folder: Path, upstream: int) -> Iterator[Proxy]:
    key, certificate = _certificate(folder)
    port, logs = free_port(), folder / "logs"
    logs.mkdir()
    own = changed(
        example("caddy"),
        ("{\n\t# Fel", f"{{\n\tadmin off\n\tauto_https disable_redirects\n\thttps_port {port}\n\t# Fel"),
        (f"\n{NAME} {{\n", f"\n{NAME} {{\n\tbind 127.0.0.1\n\ttls {certificate} {key}\n"),
        ("127.0.0.1:8025", f"127.0.0.1:{upstream}"),
    )
    whole = folder / "Caddyfile"
    whole.write_text(own, "utf-8")
    run = [needed("caddy", NO_CADDY), "run", "--config", str(whole), "--adapter", "caddyfile"]
    with _running(run, logs, port, {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}):
        yield Proxy(port, logs)


@contextmanager
def _running(command: list[str], logs: Path, port: int, more: dict[str, str] | None = None) -> Iterator[None]:
    with (logs / "output.log").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | (more or {}))
        try:
            said = lambda: "".join(p.read_text("utf-8", "replace") for p in logs.iterdir())
            until(lambda: process.poll() is not None or _listens(port), said)
            assert process.poll() is None, said()
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """(key, certificate), made for this test."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [needed("openssl", "openssl saknas."), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, certificate


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
