"""The floor: floor.py PORT FILE answers every request with the file, by sendfile, and does nothing else.

It reads a head and obeys none of it. A thread each, so that the kernel's work runs on all cores.
"""
import os, socket, sys, threading


def answer(connection, file, size):
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while connection.recv(65536):
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
            at = 0
            while at < size:
                at += os.sendfile(connection.fileno(), file, at, 1 << 21)  # as much at once as nginx


def main():
    file = os.open(sys.argv[2], os.O_RDONLY)
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=512)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection, file, os.fstat(file).st_size), daemon=True).start()


main()
