"""`python -m messaging.gateway [--port 8010] [--state DIR] [--templates FILE] [--delay SECONDS]`"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from aiohttp import web

from messaging.gateway.app import make_app
from messaging.gateway.clock import Clock
from messaging.gateway.journal import StateInUse
from messaging.gateway.state import Gateway

ROOT = Path(__file__).resolve().parents[2]
log = logging.getLogger("gateway")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m messaging.gateway", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--state", type=Path, default=ROOT / "var" / "gateway")
    templates = os.environ.get("GATEWAY_TEMPLATES")
    parser.add_argument("--templates", type=Path, default=Path(templates) if templates else None)
    parser.add_argument("--delay", type=float, default=float(os.environ.get("GATEWAY_DELAY", "1")))
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    gateway = Gateway(options.state, clock=Clock.from_environment(), delivery_seconds=options.delay)
    if options.templates is not None and options.templates.exists():
        gateway.load_templates(options.templates)
    gateway.load()
    runner = web.AppRunner(make_app(gateway), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, options.host, options.port, backlog=1024).start()
    await gateway.start()
    log.info("gateway on http://%s:%s, nothing leaves this machine", options.host, options.port)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await runner.cleanup()
    await gateway.stop()


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    options = arguments()
    try:
        asyncio.run(serve(options))
    except StateInUse as error:
        log.error("%s", error)
        return 1
    except OSError as error:
        log.error("cannot serve on %s:%s: %s", options.host, options.port, error.strerror or error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
