#!/usr/bin/python3
"""Prints what stands in a manifest and not in what kubectl has read of it.

usage: compare.py MANIFEST.yaml READ.json
Ends with 1 if there is anything. Images are left out, for whoever uses this has replaced them.
"""
import json
import sys

import yaml


def missing(written, read, path):
    if isinstance(written, dict):
        for key, value in written.items():
            if not isinstance(read, dict) or key not in read:
                yield f"{path}.{key}"
            else:
                yield from missing(value, read[key], f"{path}.{key}")
    elif isinstance(written, list):
        if not isinstance(read, list) or len(read) != len(written):
            yield path
        else:
            for i, (one, other) in enumerate(zip(written, read)):
                yield from missing(one, other, f"{path}[{i}]")
    elif written != read and not path.endswith(".image"):
        yield f"{path}: {written} is read as {read}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as written, open(sys.argv[2], encoding="utf-8") as read:
        lines = list(missing(yaml.safe_load(written), json.load(read), ""))
    print("".join(f"{line}\n" for line in lines), end="")
    return 1 if lines else 0


sys.exit(main())
