#!/usr/bin/env python3
"""Turns what scripts/bench.sh has recorded in DIR into OUT/{results.json,report.md,summary.md,chart.svg}.

Usage: report.py DIR OUT
"""
import json
import sys
from pathlib import Path
from statistics import median
from textwrap import fill

import chart


def rounded(value):
    return round(value, 5) if isinstance(value, float) else value


def load(folder):
    """One dictionary: about, labels, not_measured, and results, each with the values of all rounds."""
    results = {}
    for line in (folder / "lines.jsonl").read_text().splitlines():
        entry = json.loads(line)
        key = entry["name"], entry["column"]
        result = results.setdefault(key, {"name": key[0], "column": key[1], "rounds": [], "values": []})
        result["rounds"].append(entry["round"])
        value = rounded(entry.get("value"))
        if "gave_up" in entry:
            value = f"> {entry['gave_up']}"
        elif "failed" in entry:
            value = "failed"
        result["values"].append(value)
        for part in ("base", "xz"):
            result.setdefault(part, []).append(rounded(entry.get(part)))
        if "command" in entry:
            result["command"] = entry["command"]
            for part in ("user", "system"):
                result.setdefault(part, []).append(round(entry[part], 4))
    # What has nothing to be compared with.
    results = {key: {part: values for part, values in r.items() if part not in ("base", "xz") or any(values)} for key, r in results.items()}
    labels = dict(line.split("\t") for line in (folder / "labels").read_text().splitlines())
    return {
        "about": json.loads((folder / "about.json").read_text()),
        "labels": labels,
        "not_measured": [line for line in (folder / "not-measured").read_text().splitlines() if line],
        "results": list(results.values()),
    }


def dump(data):
    """JSON with a line per result, so that two runs can be compared with diff."""
    head = json.dumps({key: data[key] for key in ("about", "labels", "not_measured")}, indent=1)
    rows = ",\n  ".join(json.dumps(result) for result in data["results"])
    return f'{head[:-2]},\n "results": [\n  {rows}\n ]\n}}\n'


class Figures:
    """Medians, and ratios to what was run directly before."""

    def __init__(self, data):
        self.results = {(r["name"], r["column"]): r for r in data["results"]}

    def values(self, name, column, part="values"):
        """By round; the parts base and xz are what was run directly before."""
        result = self.results.get((name, column), {})
        return dict(zip(result.get("rounds", []), result.get(part, [])))

    def median(self, name, column, part="values"):
        """A number; or what happened instead, as text; or None where nothing was measured."""
        values = list(self.values(name, column, part).values())
        words = [value for value in values if isinstance(value, str)]
        if words:
            return words[0]
        return median(values) if values else None

    def ratios(self, name, column, part="base", base_column=None):
        """Of all rounds; none if it was given up in one of them."""
        values, bases = self.values(name, column), self.values(name, base_column or column, part)
        if any(isinstance(value, str) for value in values.values()):
            return []
        return [value / bases[r] for r, value in values.items() if bases.get(r)]

    def time(self, name, column, spread=False, unit="s"):
        """A cell: the median, the ratio in brackets if there is one, and its least and most if asked for."""
        value = self.median(name, column)
        if value is None:
            return "-"
        if isinstance(value, str):
            return value if value == "failed" else f"{value} s"
        text = f"{value:.0f} {unit}" if unit == "us" else f"{value:.3f} {unit}" if value < 0.1 else f"{value:.2f} {unit}"
        ratios = self.ratios(name, column)
        least_and_most = f"; {short(min(ratios))}-{short(max(ratios))}" if spread and len(ratios) > 1 else ""
        return f"{text} ({short(median(ratios))}{least_and_most})" if ratios else text

    def mib(self, name, column):
        value = self.median(name, column)
        return "-" if value is None else "0" if value == 0 else f"{value / 1024:.1f}"

    def count(self, name, column):
        value = self.median(name, column)
        return "-" if value is None else f"{value:,.0f}"


def short(ratio):
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def wrapped(text):
    return fill(text, 132, break_long_words=False, break_on_hyphens=False)


def machine(about):
    rounds = "1 round" if about["rounds"] == 1 else f"{about['rounds']} rounds"
    busy = about["rounds"] < 5 or float(about["load"]) > about["cores"] / 2
    return (
        f"{about['date']}: {about['cpu']}, {about['cores']} cores, kernel {about['kernel']}; load {about['load']} at the start. "
        f"Archive of {about['release']}: {about['archive_bytes']:,} bytes, {about['tar_bytes']:,} unpacked, {about['files']:,} files. "
        f"Medians of {rounds}; in brackets the ratio to tmpfs, measured directly before."
        + (" **Few rounds, or a busy machine: to be measured again.**" if busy else "")
    )


def memory(figures, name):
    """Resident pages, memory files and disk as one cell."""
    parts = []
    for column, what in (("resident", "process"), ("other", "tmpfs" if name == "tmpfs" else "store"), ("disk", "disk")):
        if figures.median(name, column):
            parts.append(f"{figures.mib(name, column)} {what}")
    return " + ".join(parts) or "-"


def against_xz(figures):
    rows = []
    for name, column, base_column, text in (
        ("ours", "ready", "ready", "ready"),
        ("ours-blocks", "ready", "ready", "ready, archive of 256 KiB blocks, against xz of that archive"),
        ("ours-blocks", "twice", "twice", "`xz -dc` of that archive twice at once, so twice what two cores need for it"),
        ("ours-cached", "ready", "ready", "ready, cached store"),
        ("tmpfs", "ready", "ready", "tar -x to tmpfs"),
        ("ours", "tree", "ready", "whole tree, tar"),
        ("ours", "version", "version", "`kheadersfs -V`"),
    ):
        ratios = figures.ratios(name, column, "xz", base_column)
        if ratios:
            rows.append((text, f"{figures.median(name, column):.3f} s", short(median(ratios))))
    for name, text in (("ours", "`xz -dc` itself"), ("ours-blocks", "`xz -dc` itself, archive of 256 KiB blocks")):
        if figures.values(name, "ready", "xz"):
            rows.append((text, f"{figures.median(name, 'ready', 'xz'):.3f} s", "1"))
    return table(("what", "time", "ratio to xz -dc"), rows)


def report(data):
    figures, labels, about = Figures(data), data["labels"], data["about"]
    compiling = [
        (text, *(figures.time(name, c, c in ("first", "second")) for c in ("ready", "first", "second", "nothing", "compiles", "made")))
        for name, text in labels.items()
    ]
    if figures.median("ours-prime", "first-1s") is not None:
        compiling.append(("kheadersfs, -o prime, 1 s after the mount", "", figures.time("ours-prime", "first-1s", True), "", "", "", ""))
    reading = [
        (text, *(figures.time(name, c) for c in ("tree", "find", "grep")), *(figures.time(name, c, unit="us") for c in ("p50", "p99")))
        for name, text in labels.items()
    ]
    holding = [
        (
            text,
            f"{figures.mib(name, 'resident')} ({figures.mib(name, 'anonymous')})",
            f"{figures.mib(name, 'resident-after')} ({figures.mib(name, 'anonymous-after')})",
            figures.mib(name, "other"),
            figures.mib(name, "disk"),
            figures.count(name, "requests-first"),
            figures.count(name, "requests-second"),
        )
        for name, text in labels.items()
    ]
    missing = "".join(f"- not measured: {text}\n" for text in data["not_measured"])
    return f"""# Benchmark

{wrapped(f"{machine(about)} kheadersfs {about['commit']}; {about['versions'].replace(',', ', ')}.")}

Before every column, for every system alike: unmount; sync; `echo 3 >/proc/sys/vm/drop_caches`; read the inputs of all systems
(archive, images, kept store, programs, libraries) once; the same over tmpfs, to compare with; mount. So the disk is not measured,
and each system's own caches are empty. How far the ratios of tmpfs itself are from 1.00 is the noise. A command is given up after
{about['limit']} s and not tried again. `scripts/bench.sh -h` says more.

{missing}
## Compiling

Ready: the mounting command, until a stat(2) below the mount has answered. Compile: clang with bcc's flags, sched.h, fs.h, skbuff.h, mm.h,
blkdev.h, net/tcp.h; after the ratio its least and most of all rounds. Nothing to first object: mounting (or extracting) and the
first compile in one command. 20 compiles: as many different programs on 2 cores. Made before: what it takes to make the image or
the kept store from the archive, not part of the other columns.

{table(("system", "ready", "first compile", "second", "nothing to first object", "20 compiles", "made before"), compiling)}
## Reading

Each over a mount of its own that nothing has been read from: the whole tree (`tar -cf - . | wc -c`), `find -type f`, `grep -r`, and 1,000 headers
in random order, each opened, read and closed.

{table(("system", "tar", "find", "grep -r", "a header, p50", "a header, p99"), reading)}
## Holding

MiB; of the process, VmRSS and in brackets RssAnon, 1 s after mounting. Other memory: tmpfs, memory files, deleted files on tmpfs.
Disk: image, kept store, deleted files. What a kernel file system holds is not visible here. Requests: of one compile, without FORGET.

{table(("system", "process, mounted", "after the whole tree", "other memory", "disk", "requests, first compile", "second"), holding)}
## Against xz

{against_xz(figures)}"""


def summary(data):
    figures, labels = Figures(data), data["labels"]
    rows = [
        (text, *(figures.time(name, c) for c in ("ready", "first", "second", "nothing", "tree")), memory(figures, name))
        for name, text in labels.items()
    ]
    heads = ("system", "ready", "first compile", "second", "nothing to first object", "whole tree, tar", "MiB")
    missing = "; ".join(text for text in data["not_measured"])
    return f"""
![Bars: ready, first compile, nothing to first object, memory, for each system](../../tests/bench/chart.svg)

{wrapped(machine(data["about"]) + " Everything measured, and how: [report](RUN/report.md).")}

{table(heads, rows)}
{wrapped(f"Not measured: {missing}.") if missing else ""}

{against_xz(figures)}
"""


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    data = load(folder)
    (out / "results.json").write_text(dump(data))
    (out / "report.md").write_text(report(data))
    (out / "summary.md").write_text(summary(data))
    (out / "chart.svg").write_text(chart.draw(data["labels"], Figures(data)))


main()
