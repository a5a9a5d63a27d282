"""Gets a session with requests. `brd-sessions conform --help` has the rules."""

import json
import os
import signal
import sys
from urllib.parse import quote

import requests

STATUSES = {401: 4, 403: 4, 404: 3, 407: 4, 408: 5}


class Expired(BaseException):
    """The time limit has passed."""


def expire(*_):
    raise Expired


def main() -> int:
    url = f"{os.environ['SESSIONS_BASE_URL']}/browser_sessions/{quote(os.environ['SESSION_ID'], safe='')}"
    headers = {"authorization": f"Bearer {os.environ['BRIGHTDATA_API_KEY']}"}
    # The timeout of requests applies to each read, not to the whole exchange.
    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, float(os.environ["TIMEOUT"]))
    try:
        response = requests.get(url, headers=headers, allow_redirects=False, stream=True)
        if response.status_code != 200:
            return STATUSES.get(response.status_code, 6)
        body = response.content
    except (requests.RequestException, Expired):
        return 5
    try:
        if not json.loads(body)["session"]["session_id"]:
            return 6
    except (ValueError, KeyError, TypeError):
        return 6
    sys.stdout.buffer.write(body)
    return 0


sys.exit(main())
