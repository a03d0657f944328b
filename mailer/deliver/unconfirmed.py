"""How much of what was written is still on its way to the relay's machine.

Takes   a connection's transport and its socket.
Gives   bytes.
Fails   never.

The write buffer alone does not tell: the kernel takes up to 4 MB of a body at once, and a transport with TLS hands all
it has to the one below, whose buffer nobody can ask for.
"""

import fcntl
import struct
import sys
import termios
from typing import Any

_NUMBER = struct.Struct("i")


def unconfirmed(transport: Any, socket: Any) -> int:
    """Bytes in the transport's buffer and in the kernel's, until the other machine has confirmed them (tcp(7),
    SIOCOUTQ; on other systems than Linux the first alone).

    With TLS it may rise and fall while bytes flow; 0 means that all have arrived, and a figure that stays that none do.
    """
    buffered: int = transport.get_write_buffer_size()
    if sys.platform != "linux" or socket is None or (number := socket.fileno()) < 0:
        return buffered
    (queued,) = _NUMBER.unpack(fcntl.ioctl(number, termios.TIOCOUTQ, bytes(_NUMBER.size)))
    return buffered + int(queued)
