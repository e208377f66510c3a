#!/usr/bin/env python3
"""Draws fixtures/terminal.svg from a real run on a terminal of 96 columns.

    cargo build --release --examples --bins && python3 tests/picture.py

Starts the sample API at port 8000, runs resttest in a pseudo-terminal, and turns what it printed, with its colours,
into an SVG that needs no font but a monospaced one. Times are those of the run.
"""

import fcntl
import html
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.path.join(ROOT, "target", "release")
COLUMNS, LINES = 96, 60
SHOWN = "resttest http://127.0.0.1:8000 fixtures/quickstart.yaml fixtures/failing.yaml --only '[UW]*'"
WIDTH, HEIGHT, PAD = 8.43, 19, 16
COLOURS = {30: "#555", 31: "#ff6b68", 32: "#5fd068", 33: "#e5c07b", 34: "#61afef", 35: "#c678dd", 36: "#56b6c2",
           37: "#ddd", 90: "#8b949e"}
PAPER, INK = "#0d1117", "#e6edf3"


def run(words):
    """What the words print on a terminal; stderr, where the live line is, is left out."""
    child, terminal = pty.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.execvpe(words[0], words, dict(os.environ, TERM="xterm-256color"))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    out = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        out += part
    os.waitpid(child, 0)
    return out.decode()


def pieces(line):
    """The line as (text, colour, bold, dim)."""
    colour, bold, dim = INK, False, False
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if not code:
            if part:
                yield part, colour, bold, dim
            continue
        for number in (int(n or 0) for n in code.group(1).split(";")):
            if number == 0:
                colour, bold, dim = INK, False, False
            elif number == 1:
                bold = True
            elif number == 2:
                dim = True
            elif number == 22:
                bold = dim = False
            elif number == 39:
                colour = INK
            elif number in COLOURS:
                colour = COLOURS[number]


def svg(lines):
    width, height = COLUMNS * WIDTH + 2 * PAD, len(lines) * HEIGHT + 2 * PAD
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
           f'height="{height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', '
           f'monospace" font-size="14">',
           f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>']
    for number, line in enumerate(lines):
        at = 0
        for text, colour, bold, dim in pieces(line):
            shown = text.strip()
            if shown:
                x = PAD + (at + len(text) - len(text.lstrip())) * WIDTH
                y = PAD + (number + 0.75) * HEIGHT
                weight = ' font-weight="bold"' if bold else ""
                faint = ' opacity="0.6"' if dim else ""
                length = f' textLength="{len(shown) * WIDTH:.1f}" lengthAdjust="spacing"'
                out.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{weight}{faint}{length} '
                           f'xml:space="preserve">{html.escape(shown)}</text>')
            at += len(text)
    out.append("</svg>")
    return "\n".join(out) + "\n"


def main():
    api = subprocess.Popen([os.path.join(TARGET, "examples", "sample_api"), "8000"], stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE)
    try:
        api.stdout.readline()
        os.chdir(ROOT)
        words = shlex.split(SHOWN)
        words[0] = os.path.join(TARGET, "resttest")
        text = run(words)
    finally:
        api.communicate(b"\n")
    lines = ["\x1b[1m$ " + SHOWN + "\x1b[0m"] + text.replace("\r", "").rstrip("\n").split("\n")
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "fixtures", "terminal.svg")
    with open(path, "w", encoding="utf-8") as file:
        file.write(svg(lines))
    print(path)


main()
