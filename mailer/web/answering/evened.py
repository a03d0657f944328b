"""Pages all as long as each other, so that the length of one tells nothing of the answers it carries.

Takes   a response.
Gives   the same, filled up with blank lines behind its end.
Fails   never.

A web server in front may write the length of each answer into its log, and whoever listens on the line sees it under
the encryption too: one more ticked choice is a few bytes more.
"""

from starlette.responses import Response

STEP = 24 * 1024  # bytes: twice a page with all its looks, so that only long texts need another step


def evened(response: Response) -> Response:
    """A page as long as the next whole STEP. What shows nothing (a redirect) stays as it is."""
    if response.body:
        body = bytes(response.body)
        response.body = body + b"\n" * (-len(body) % STEP)
        response.headers["Content-Length"] = str(len(response.body))
    return response
