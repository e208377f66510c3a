"""Writes src/guides/licenses.txt: what is built into the program, whose it is, and under which licences.

    python3 .ci/licenses.py            writes it anew, after a package was added or updated
    python3 .ci/licenses.py --check    fails if it is not what would be written

A licence's text stands there once. In the files of the packages, the texts that most of them have are found word by
word, whatever their line ends; what is left of a file besides them and lines of copyright is kept as it is.
"""
import os
import re
import sys
import textwrap

import packages

FILE = os.path.join(packages.ROOT, "src/guides/licenses.txt")

HEAD = """\
# Licences of what is built in

resttest itself: Apache-2.0, whose text stands below.

In the program, or needed to build it, are the works of others that are listed here, each with its licence as
its authors name it and their lines of copyright. Where they leave a choice between licences, MIT or Apache-2.0
is taken if it is among them. The texts of the licences follow; what authors say besides is at the end.
"""

# What no package of cargo brings.
OTHER_PARTS = [
    ("Rust's standard library", "MIT OR Apache-2.0", ["Copyright (c) The Rust Project Contributors"]),
    (
        "musl (in the static file)",
        "MIT AND BSD-2-Clause AND ISC",
        [
            "Copyright (c) 2005-2020 Rich Felker, et al.",
            "Copyright (c) 1993, 2004 Sun Microsystems, Inc.",
            "Copyright (c) 2001-2008 Ville Laurikari",
            "Copyright (c) 2003-2011 David Schultz",
            "Copyright (c) 2003-2009 Steven G. Kargl",
            "Copyright (c) 2003-2009 Bruce D. Evans",
            "Copyright (c) 2008 Stephen L. Moshier",
            "Copyright (c) 2011 Valentin Ochs",
            "Copyright (c) 2011-2012 Nicholas J. Kain",
            "Copyright (c) 2012-2018 Arm Limited",
        ],
    ),
    ("GCC's runtime library (in the static file)", "GPL-3.0-or-later WITH GCC-exception-3.1", []),
]

# Texts that are looked for: a name, the words they begin and end with. The first package that has one, in the order
# of names, lends its lines.
TEXTS = [
    ("MIT", "permission is hereby granted free of charge to any person obtaining a copy of this software and associated "
            "documentation files the software to deal in the software without restriction",
     "arising from out of or in connection with the software or the use or other dealings in the software"),
    ("Apache-2.0", "apache license version 2 0 january 2004", "end of terms and conditions"),
    ("ISC", "permission to use copy modify and or distribute this software for any purpose with or without fee",
     "or in connection with the use or performance of this software"),
    ("BSD-3-Clause", "redistribution and use in source and binary forms with or without modification are permitted "
                     "provided that the following conditions are met",
     "even if advised of the possibility of such damage"),
    ("", "appendix how to apply the apache license to your work", "identification within third party archives"),
    ("", "licensed under the apache license version 2 0 the license you may not use this file except in compliance",
     "see the license for the specific language governing permissions and limitations under the license"),
    # An alternative that is not taken.
    ("", "creative commons legal code cc0 1 0 universal", "with respect to this cc0 or use of the work"),
]
# Where a text comes from, if not from the first that has it.
LENDERS = {"Apache-2.0": "resttest", "ISC": "ring", "BSD-3-Clause": "minimal-lexical"}

IS_LICENCE = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)([-_.].*)?$", re.I)
# Alternatives that are not taken where MIT or Apache-2.0 is offered, and pages that only name the alternatives.
NOT_TAKEN = re.compile(r"(unlicense|copying|copyright|.*-(0bsd|boost|zlib(\.md)?|.*llvm-exception))$", re.I)
IS_COPYRIGHT = re.compile(r"(Copyright|COPYRIGHT)\s+(\([cC]\)|©|\d)")
TITLE = re.compile(r"(the )?(mit|isc|apache|bsd)[ \w.,/()-]*licen[cs]e[ \w.,()-]*$|all rights reserved\.?$|mit$|[-=*#~`]+$",
                   re.I)


class Words:
    """The words of a text, and where each stands."""

    def __init__(self, text):
        found = [(match.group().lower(), match.start(), match.end()) for match in re.finditer(r"[A-Za-z0-9]+", text)]
        # Some write https, others http; some non-infringement, others noninfringement.
        self.spans = [(start, end) for _, start, end in found]
        self.list = [word for word, _, _ in found]

    def find(self, wanted, begin=0):
        for at in range(begin, len(self.list) - len(wanted) + 1):
            if self.list[at] == wanted[0] and self.list[at:at + len(wanted)] == wanted:
                return at
        return None


def key(words):
    return "".join(words).replace("https", "http").replace("licenseslicense20", "licenses")


def licence_files(folder):
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one not in ("tests", "target", ".github", "LICENSES"))
        for name in sorted(names):
            if IS_LICENCE.match(name) and not name.endswith((".rs", ".py", ".yml")):
                with open(os.path.join(place, name), encoding="utf-8", errors="replace") as file:
                    yield name, re.sub(r"(?m)^// ?", "", file.read().replace("\r\n", "\n"))


def blocks(text):
    """The known texts in a file: name, words, start, end."""
    words = Words(text)
    for name, begin, end in TEXTS:
        begin, end, at = begin.split(), end.split(), 0
        while (start := words.find(begin, at)) is not None:
            stop = words.find(end, start)
            if stop is None:
                break
            at = stop + len(end)
            after = words.spans[at - 1][1]
            yield name, words.list[start:at], words.spans[start][0], after + len(re.match(r"[.\"]*", text[after:]).group())


def tidy(text):
    """Without empty lines at its ends, trailing spaces, indentation that all lines share, or very long lines."""
    lines = [line.rstrip() for line in text.expandtabs().split("\n")]
    lines = textwrap.dedent("\n".join(lines)).split("\n")
    out = []
    for line in lines:
        indent = line[:len(line) - len(line.lstrip())]
        out += textwrap.wrap(line, 100, initial_indent="", subsequent_indent=indent, break_long_words=False,
                             break_on_hyphens=False, drop_whitespace=True) if len(line) > 100 else [line]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip("\n")


def whole_lines(text, start, end):
    """A span from the beginning of its first line, so that its lines stay in line."""
    start = text.rfind("\n", 0, start) + 1
    return text[start:end]


def main():
    tree = packages.Tree()
    standard, lent = {}, {}
    files = {}
    for package in tree.all():
        label = f"{package['name']} {package['version']}"
        files[label] = list(licence_files(os.path.dirname(package["manifest_path"])))
    with open(os.path.join(packages.ROOT, "LICENSE"), encoding="utf-8") as own:
        sources = [("resttest", [("LICENSE", own.read())])] + list(files.items())
    for label, of in sources:
        for _, text in of:
            for name, words, start, end in blocks(text):
                if name and (name not in LENDERS or LENDERS[name] == label.split()[0]) and name not in standard:
                    standard[name], lent[name] = key(words), tidy(whole_lines(text, start, end))

    out, others = [HEAD, "## Whose they are\n"], {}

    def entry(label, licence, copyrights):
        out.append(f"{label}: {licence}")
        out.extend(f"    {line}" for line in copyrights)

    for label, licence, copyrights in OTHER_PARTS:
        entry(label, licence, copyrights)
    for package in tree.all():
        label, licence = f"{package['name']} {package['version']}", packages.expression(package)
        offers = " OR " in licence and ("MIT" in licence or "Apache-2.0" in licence)
        copyrights, has_text = [], False
        for name, text in files[label]:
            if offers and NOT_TAKEN.match(name):
                continue
            left, at = "", 0
            for kind, words, start, end in sorted(blocks(text), key=lambda block: block[2]):
                if start < at or (kind and standard.get(kind) != key(words)):
                    continue
                left += text[at:start] + (f"\n[the text of {kind}, above]\n" if kind else "")
                at = end
                has_text = True
            left = (left + text[at:])
            left = re.sub(r"Copyright [\[{]yyyy[\]}] [\[{]name of copyright owner[\]}]", "", left)
            notes = []
            for line in left.split("\n"):
                bare = line.strip().strip("#*").strip()
                if IS_COPYRIGHT.match(bare):
                    copyrights.append(" ".join(bare.split()))
                elif bare and bare != "Copyright" and not TITLE.match(bare):
                    notes.append(bare)
            notes = [line for line in notes if not re.fullmatch(r"\[the text of [\w.-]+, above\]", line)]
            if notes:
                has_text = True
                others.setdefault(key(Words(left).list), (tidy(left), []))[1].append(label)
        # Lines that go on in the next one say nothing alone.
        copyrights = [line for line in dict.fromkeys(copyrights) if len(line.split()) > 2 or "authors" in line.lower()]
        if not copyrights and package["authors"]:
            copyrights = ["Authors: " + ", ".join(package["authors"])]
        entry(label, licence, copyrights)
    for name in sorted(lent):
        out += ["", f"## {name}", "", textwrap.indent(lent[name], "    ")]
    for text, labels in others.values():
        labels = list(dict.fromkeys(labels))
        out += ["", textwrap.fill("## What comes with " + ", ".join(labels), 100, subsequent_indent="## "), "",
                textwrap.indent(text, "    ")]
    made = "\n".join(out) + "\n"

    if sys.argv[1:] == ["--check"]:
        with open(FILE, encoding="utf-8") as file:
            if file.read() != made:
                sys.exit("src/guides/licenses.txt is not what the packages have: python3 .ci/licenses.py writes it anew")
    elif sys.argv[1:]:
        sys.exit("usage: python3 .ci/licenses.py [--check]")
    else:
        with open(FILE, "w", encoding="utf-8") as file:
            file.write(made)


main()
