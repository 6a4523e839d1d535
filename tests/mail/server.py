"""A mail server that keeps what it gets, as Python's own parser reads it, and behaves as it is told.

usage: server.py FOLDER [PORT]

Prints `listening on PORT`. The file `manner` in the folder says how it behaves from then on: `accept` (also when there is no such file), `refuse`
(no such address), `quote` (refuses a message and quotes it), `hold` (takes a message, and says so only when the manner is another). Each message
is a file of its own, `0001.json` and so on, there as soon as the message is.
"""

import asyncio
import email
import email.policy
import json
import pathlib
import sys

from aiosmtpd.smtp import SMTP

LOOK_EVERY = 0.01


def parsed(content, envelope):
    """A message, and whatever the parser finds wrong with it."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    defects = [repr(defect) for part in message.walk() for defect in part.defects]
    defects += [repr(defect) for value in message.values() for defect in getattr(value, "defects", ())]
    return {
        "mail_from": envelope.mail_from,
        "rcpt_tos": envelope.rcpt_tos,
        "names": message.keys(),
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "to": [address.addr_spec for address in message["to"].addresses],
        "type": message.get_content_type(),
        "parts": {part.get_content_type(): part.get_content() for part in parts},
        "defects": defects,
    }


class Keeper:
    def __init__(self, folder):
        self.folder = folder
        self.count = len(list(folder.glob("*.json")))

    def manner(self):
        try:
            return (self.folder / "manner").read_text()
        except FileNotFoundError:
            return "accept"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.manner() == "refuse":
            return f"550 5.1.1 <{address}>: no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.manner() == "quote":
            line = next(line for line in envelope.content.splitlines() if b"/-/invites/" in line)
            return f"554 5.7.1 looks like spam: {line.decode()}"
        self.keep(parsed(envelope.content, envelope))
        while self.manner() == "hold":
            await asyncio.sleep(LOOK_EVERY)
        return "250 OK"

    def keep(self, message):
        self.count += 1
        draft = self.folder / "draft"
        draft.write_text(json.dumps(message))
        draft.rename(self.folder / f"{self.count:04}.json")


async def main(folder, port=0):
    keeper = Keeper(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True), "127.0.0.1", port
    )
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:])))
