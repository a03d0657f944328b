"""Files for everybody: feeds, calendars, pictures. The same for all who ask, and not sent twice.

Takes   bytes, their kind, what the one who asks has already.
Gives   a Response with its ETag, or 304 without a body (RFC 9110 sections 13.1.2 and 15.4.5).
Fails   never.
"""

import hashlib
from urllib.parse import quote

from starlette.responses import Response

from mailer.web import guard
from mailer.web.route import Ask


def public_file(address: str, ask: Ask, raw: bytes, kind: str, save_as: str = "") -> Response:
    """The file. `address`: [web] address. `save_as`: its name when it is to be saved or opened, and not shown."""
    etag = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
    headers = guard.headers(address, guard.FILE_POLICY, is_public=True) | {"ETag": etag}
    if has_it(ask.since, etag):
        return Response(status_code=304, headers=headers)
    if save_as:
        headers["Content-Disposition"] = f"attachment; filename*=utf-8''{quote(save_as, safe='')}"
    return Response(raw, media_type=kind, headers=headers)


def has_it(since: str, etag: str) -> bool:
    """Whether If-None-Match names the version there is, weakly compared (RFC 9110 section 8.8.3.2)."""
    return since.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in since.split(","))
