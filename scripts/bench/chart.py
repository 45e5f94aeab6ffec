"""The chart of scripts/bench.sh: a row per system, four columns of bars, readable on a light and on a dark page."""
from html import escape

LABEL, PANEL, BAR, ROW, TOP = 200, 200, 108, 22, 46
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .note { fill: #59636e }
  .bar { fill: #8c959f } .before { fill: #d1d9e0 } .ours { fill: #0969da } .axis { stroke: #d1d9e0 }
  .cut { stroke: #ffffff; stroke-width: 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .note { fill: #9198a1 }
    .bar { fill: #6e7681 } .before { fill: #3d444d } .ours { fill: #4493f8 } .axis { stroke: #3d444d }
    .cut { stroke: #0d1117 }
  }
"""


def draw(labels, figures):
    """The SVG, from labels by name and the figures of report.py. A bar longer than its panel is cut; the number beside it is whole."""
    panels = (
        ("ready, s", 2, lambda name: (figures.median(name, "ready"), None)),
        ("first compile, s", 2, lambda name: (figures.median(name, "first"), None)),
        ("nothing to first object, s", 2, lambda name: (figures.median(name, "nothing"), figures.median(name, "made"))),
        ("memory, MiB", 1, lambda name: (held(figures, name), None)),
    )
    height = TOP + ROW * len(labels) + 30
    width = LABEL + PANEL * len(panels)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">',
        "<title>kheadersfs and other file systems</title>",
        f"<style>{STYLE}</style>",
    ]
    for row, (name, text) in enumerate(labels.items()):
        weight = ' class="title"' if name.startswith("ours") else ""
        out.append(f'<text x="{LABEL - 10}" y="{TOP + row * ROW + 14}" text-anchor="end"{weight}>{escape(text)}</text>')
    for number, (title, decimals, get) in enumerate(panels):
        left = LABEL + number * PANEL
        values = [get(name) for name in labels]
        longest = scale(values)
        out.append(f'<text x="{left}" y="{TOP - 14}" class="title">{escape(title)}</text>')
        out.append(f'<line x1="{left}" y1="{TOP - 4}" x2="{left}" y2="{TOP + ROW * len(labels)}" class="axis"/>')
        for row, (name, (value, before)) in enumerate(zip(labels, values)):
            out += bar(left, TOP + row * ROW, value, before, longest, "ours" if name.startswith("ours") else "bar", decimals)
    out.append(
        f'<text x="{LABEL}" y="{height - 8}" class="note">Medians. Pale: making the image or the kept store beforehand. '
        "Memory: process, store or tmpfs; not what the kernel caches.</text>"
    )
    return "\n".join(out) + "\n</svg>\n"


def held(figures, name):
    parts = [figures.median(name, column) for column in ("resident", "other")]
    if any(not isinstance(part, (int, float)) for part in parts):
        return None
    return sum(parts) / 1024


def scale(values):
    """The value of a full bar: the largest, but not more than five times the first, which is tmpfs."""
    totals = [value + (before or 0) for value, before in values if isinstance(value, (int, float))]
    first = values[0][0] if values and isinstance(values[0][0], (int, float)) else None
    return min([max(totals, default=1), *([5 * first] if first else [])]) or 1


def bar(left, top, value, before, longest, kind, decimals):
    """The bar of a value, pale for what comes before, cut where it does not fit, and the numbers beside it."""
    if value is None:
        return [text(left + 5, top, "-")]
    if isinstance(value, str):
        return [rectangle(left, top, BAR, kind), cut(left, top), text(left + BAR + 5, top, value)]
    if value == 0:
        return [text(left + 5, top, "in the kernel")]
    label = f"{value:.3f}" if value < 0.1 else f"{value:.{decimals}f}"
    length = min(value / longest, 1) * BAR
    parts = [rectangle(left, top, length, kind)]
    total = value
    if isinstance(before, (int, float)):
        total += before
        label += f" + {before:.{decimals}f}"
        whole = min(total / longest, 1) * BAR
        parts.append(rectangle(left + length, top, whole - length, "before"))
        length = whole
    if total > longest:
        parts.append(cut(left, top))
    return [*parts, text(left + length + 5, top, label)]


def cut(left, top):
    x = left + BAR - 14
    return f'<path d="M{x} {top + ROW - 3}l5 -{ROW - 2}" class="cut"/>'


def rectangle(left, top, length, kind):
    return f'<rect x="{left:.1f}" y="{top + 3}" width="{max(length, 1):.1f}" height="{ROW - 8}" class="{kind}"/>'


def text(left, top, words):
    return f'<text x="{left:.1f}" y="{top + 14}" class="note">{escape(words)}</text>'
