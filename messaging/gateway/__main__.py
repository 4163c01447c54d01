"""`python -m messaging.gateway [--port 8010] [--smtp-port 8011]`: see docs/gateway.md."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from pathlib import Path

from aiohttp import web

from messaging.gateway.app import make_app
from messaging.gateway.clock import Clock
from messaging.gateway.journal import StateInUseError
from messaging.gateway.mail import smtp
from messaging.gateway.state import Gateway

ROOT = Path(__file__).resolve().parents[2]
log = logging.getLogger("gateway")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m messaging.gateway", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--smtp-port", type=int, default=0, help="0: no mail is taken")
    parser.add_argument("--state", type=Path, default=ROOT / "var" / "gateway")
    templates = os.environ.get("GATEWAY_TEMPLATES")
    parser.add_argument("--templates", type=Path, default=Path(templates) if templates else None)
    parser.add_argument("--delay", type=float, default=float(os.environ.get("GATEWAY_DELAY", "1")))
    return parser.parse_args()


GC_THRESHOLD = 100_000  # the book only grows: looking through it often finds nothing to free


async def serve(options: argparse.Namespace) -> None:
    gateway = Gateway(options.state, clock=Clock.from_environment(), delivery_seconds=options.delay)
    if options.templates is not None and options.templates.exists():
        gateway.load_templates(options.templates)
    gc.disable()
    gateway.load()
    gc.enable()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    runner = web.AppRunner(make_app(gateway), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, options.host, options.port, backlog=1024).start()
    mail = None
    if options.smtp_port:
        loop = asyncio.get_running_loop()
        mail = await loop.create_server(smtp(gateway.mailbox), options.host, options.smtp_port)
    await gateway.start()
    log.info("gateway on http://%s:%s, nothing leaves this machine", options.host, options.port)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    if mail is not None:
        mail.close()
    await runner.cleanup()
    await gateway.stop()


def main() -> int | str:
    """The exit status, or what stands in the way."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    options = arguments()
    try:
        asyncio.run(serve(options))
    except StateInUseError as error:
        return f"gateway: {error}"
    except OSError as error:
        return f"gateway: cannot serve on {options.host}:{options.port}: {error.strerror or error}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
