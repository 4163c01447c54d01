"""Who asks for a link's page: a person, the clinic's staff, or a program that only looks ahead.

Pure. Messengers fetch an address to draw its preview, mail gateways to look for traps, browsers
because she might press it. None of that is a reader (docs/messages.md, "Opens").
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from messaging.models import Visitor

#: What programs write into their User-Agent, as their makers publish it: Facebook and Messenger
#: (developers.facebook.com/docs/sharing/webmasters/crawler; iMessage signs with the same words),
#: Google (developers.google.com/search/docs/crawling-indexing/google-common-crawlers), Bing and
#: Office, Slack (api.slack.com/robots), WhatsApp, Skype and Teams, Viber, and the tools that scan
#: and fetch. Zalo publishes no name of its preview; a word every robot carries stands for it, and
#: its in-app browser ("Zalo iOS/", "Zalo android/") is a person's.
_PROGRAMS = re.compile(
    r"""
      (?<!cu)bot\b | bot[/-] | slackbot | crawler | spider | preview | scanner | \bfetch
    | facebookexternalhit | facebot | meta-external | ^whatsapp/ | ^viber | ^zalo/?[\d.]*$
    | google-(?!chrome) | googleimageproxy | mediapartners | lighthouse | headlesschrome
    | safelinks | ms-?office | microsoft\ office | ^outlook | yahoocachesystem | embedly
    | proofpoint | barracuda | mimecast | urlscan | virustotal
    | ^curl/ | ^wget/ | ^python | ^okhttp | ^java/ | ^go-http | ^libwww | ^axios | ^node
    | ^dart/ | ^apache-http | ^ruby | ^php | ^postman
    """,
    re.VERBOSE | re.IGNORECASE,
)
#: A browser that loads ahead says so in one of these.
_AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


def kind_of(method: str, headers: Mapping[str, str], *, staff: bool) -> Visitor:
    """Who this request is. `staff`: the browser is signed in as a member of the clinic."""
    if staff:
        return Visitor.STAFF
    agent = headers.get("User-Agent", "").strip()
    ahead = any(
        word in headers.get(name, "").lower()
        for name in _AHEAD
        for word in ("prefetch", "prerender", "preview")
    )
    if method == "HEAD" or not agent or ahead or _PROGRAMS.search(agent):
        return Visitor.PREVIEW
    return Visitor.PERSON
