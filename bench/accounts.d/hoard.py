"""One client that takes as many connections as it can: hoard.py PORT ADDRESS CONNECTIONS REQUESTS SECONDS.

From ADDRESS, keeps so many connections open, opens those again that are closed, and sends so many small requests a
second, always on the one that was quiet for longest. Prints how many connections it had in the end, how many it opened,
and how many requests were answered."""
import collections, contextlib, socket, sys, time

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
OPENED_AT_ONCE = 50


def opened(port, address):
    """A connection that is being opened; none where there is no more of them."""
    one = socket.socket()
    one.setblocking(False)
    try:
        one.bind((address, 0))
        one.connect_ex(("127.0.0.1", port))
        return one
    except OSError:
        one.close()
        return None


def answered(one):
    """How many answers came; none where the connection was closed."""
    try:
        data = one.recv(65536)
        return data.count(b"HTTP/1.1 200") if data else None
    except BlockingIOError:
        return 0
    except OSError:
        return None


def main():
    port, address, most, rate, seconds = int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6])
    held, all_opened, answers, sent = collections.deque(), 0, 0, 0
    begun = time.monotonic()
    while (spent := time.monotonic() - begun) < seconds:
        for _ in range(min(OPENED_AT_ONCE, most - len(held))):
            if one := opened(port, address):
                held.append(one)
                all_opened += 1
        for _ in range(min(len(held), int(spent * rate) - sent)):
            one, sent = held.popleft(), sent + 1
            came = answered(one)
            if came is None:
                one.close()
                continue
            answers += came
            with contextlib.suppress(BlockingIOError, OSError):
                one.send(REQUEST)
            held.append(one)
        time.sleep(0.005)
    held = sum(answered(one) is not None for one in held)
    print(held, all_opened, answers)


main()
