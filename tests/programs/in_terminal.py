"""Runs a command in a pseudo-terminal and passes on what it prints, with the command's exit code.

Use: in_terminal.py COLUMNS[,COLUMNS@SECONDS...] COMMAND... — the terminal is made so wide after so many seconds.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time


def resize(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))


first, *later = sys.argv[1].split(",")
later = [(float(when), int(columns)) for columns, when in (step.split("@") for step in later)]
child, terminal = pty.fork()
if child == 0:
    resize(0, int(first))
    os.execvp(sys.argv[2], sys.argv[2:])
begin = time.monotonic()
out = sys.stdout.buffer
while True:
    while later and time.monotonic() - begin >= later[0][0]:
        resize(terminal, later.pop(0)[1])
    ready, _, _ = select.select([terminal], [], [], 0.02)
    if not ready:
        continue
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    out.write(data)
out.flush()
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
