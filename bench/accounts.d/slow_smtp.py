"""A mail server (aiosmtpd) that takes its time: slow_smtp.py PORT SECONDS. Keeps nothing, tells on standard error to whom
a mail came and when, and how many it took."""
import asyncio, sys, time

from aiosmtpd.smtp import SMTP

taken = 0


class Slow:
    async def handle_DATA(self, server, session, envelope):
        global taken
        print(f"{envelope.rcpt_tos[0]} at {time.time():.6f}", file=sys.stderr, flush=True)
        await asyncio.sleep(float(sys.argv[2]))
        taken += 1
        print(f"{taken} taken", file=sys.stderr, flush=True)
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Slow(), hostname="sink.example", loop=loop), "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
