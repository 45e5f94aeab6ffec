#!/usr/bin/env python3
"""usage: profile.py TRACE

Shows where the time of a compile's requests goes, as a section of Markdown. TRACE is what the kernel's tracing has written of the
events fuse_request_send and fuse_request_end of one mount.
"""

import re
import sys
from statistics import mean, median

EVENT = re.compile(r" (\d+\.\d+): fuse_request_(send|end): connection \d+ req (\d+)(?: opcode \d+ \(FUSE_(\w+)\))?")
# In microseconds: between one answer and the next request, the client computes.
PAUSES = (0, 50, 200, 500, 1000, 2000, 5000, float("inf"))


def requests(lines):
    """(operation, microseconds until it was answered, microseconds since the last answer) of each request."""
    sent, answered = {}, None
    for line in lines:
        event = EVENT.search(line)
        if not event:
            continue
        now, what, number, operation = float(event[1]) * 1e6, event[2], event[3], event[4]
        if what == "send":
            sent[number] = (operation, now, now - answered if answered else 0.0)
        elif number in sent:
            operation, start, pause = sent.pop(number)
            answered = now
            yield operation, now - start, pause


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def by_operation(found):
    rows = []
    for operation in sorted({name for name, _, _ in found}):
        times = [time for name, time, _ in found if name == operation]
        rows.append((operation, f"{len(times):,}", f"{median(times):.0f} us", f"{sum(times) / 1000:.1f} ms"))
    return table(("request", "sent", "answered after, median", "sum"), rows)


def by_pause(found):
    rows = []
    for low, high in zip(PAUSES, PAUSES[1:]):
        times = [time for _, time, pause in found if low <= pause < high]
        if times:
            text = f"{low:,} to {high:,} us" if high != float("inf") else f"{low:,} us or more"
            rows.append((text, f"{len(times):,}", f"{mean(times):.0f} us", f"{sum(times) / 1000:.1f} ms"))
    return table(("pause before the request", "sent", "answered after, mean", "sum"), rows)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8", errors="replace") as trace:
        found = list(requests(trace))
    if not found:
        sys.exit(f"profile: {sys.argv[1]} holds no request that was answered")
    print(f"""## Where a first compile waits

Of the compile above over a fresh mount of kheadersfs, by the kernel's trace events fuse_request_send and fuse_request_end: {len(found):,}
requests were answered in {sum(time for _, time, _ in found) / 1000:.1f} ms together. To that comes what the kernel needs to wake the compiler after each answer.

{by_operation(found)}
{by_pause(found)}""")


main()
