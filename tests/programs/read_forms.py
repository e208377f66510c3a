"""Reads forms and parts as a server in Python would, and compares them with what was to be sent.

    read_forms.py FOLDER    # FOLDER/expected.json, and a FOLDER/N.http for each of its items
"""
import base64
import email.parser
import json
import pathlib
import re
import sys
import urllib.parse


def quoted(name):
    """A name as browsers put it into quotes."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def main():
    folder = pathlib.Path(sys.argv[1])
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for number, item in enumerate(expected):
        message = (folder / f"{number}.http").read_bytes()
        if "form" in item:
            body = message.split(b"\r\n\r\n", 1)[1].decode("ascii")
            pairs = urllib.parse.parse_qsl(body, keep_blank_values=True, strict_parsing=True)
            assert pairs == [tuple(pair) for pair in item["form"]], (number, pairs, item)
            continue
        form = email.parser.BytesParser().parsebytes(message)
        assert form.get_content_type() == "multipart/form-data" and not form.defects, (number, form.defects)
        parts = form.get_payload()
        assert len(parts) == len(item["parts"]), (number, len(parts))
        for part, told in zip(parts, item["parts"]):
            head = part["Content-Disposition"]
            head = str(head).encode("ascii", "surrogateescape").decode("utf-8") if isinstance(head, str) else head_of(part)
            fields = dict(re.findall(r'; (\w+)="([^"]*)"', head, re.S))
            # Browsers write every line end of a name as CRLF.
            name = re.sub("\r\n|\r|\n", "\r\n", told["name"])
            assert fields.get("name") == quoted(name), (number, head, told)
            filename = told["filename"]
            assert fields.get("filename") == (None if filename is None else quoted(filename)), (number, head, told)
            kind = part.get_content_type() if part["Content-Type"] else None
            assert kind == told["type"], (number, kind, told)
            assert part.get_payload(decode=True) == base64.b64decode(told["content"]), (number, told["name"])
    print(len(expected), "read")


def head_of(part):
    """The head's text where it is not ASCII."""
    raw = dict(part.raw_items())["Content-Disposition"]
    return raw.encode("ascii", "surrogateescape").decode("utf-8")


main()
