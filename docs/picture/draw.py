"""A terminal as an SVG: what control sequences leave on the screen, and how its cells are drawn."""

import html
import re
import sys

FOREGROUND, BACKGROUND, DIM = "#d0d7de", "#0d1117", "#8b949e"
COLOURS = {31: "#ff7b72", 32: "#3fb950", 33: "#d29922", 34: "#58a6ff", 35: "#bc8cff", 36: "#39c5cf", 90: DIM}
# Viewers collapse other spaces.
NO_BREAK = "\N{NO-BREAK SPACE}"
FONT, CELL, LINE, MARGIN = 14, 8.43, 19, 16

CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


def screen(written, columns):
    """The lines that are left on a terminal, as cells of (character, style)."""
    lines, row, column, style = [[]], 0, 0, frozenset()
    at = 0
    while at < len(written):
        control = CONTROL.match(written, at)
        if control:
            at = control.end()
            numbers = [int(n) for n in control[1].strip("?").split(";") if n] or [0]
            match control[2]:
                case "m":
                    for n in numbers:
                        style = frozenset() if n == 0 else style | {n}
                case "A":
                    row = max(0, row - max(1, numbers[0]))
                case "B":
                    row += max(1, numbers[0])
                case "G":
                    column = max(0, numbers[0] - 1)
                case "K":
                    lines[row] = lines[row][:column] if numbers[0] == 0 else []
                case "J":
                    lines[row] = lines[row][:column]
                    del lines[row + 1 :]
                case "h" | "l":
                    pass
                case other:
                    sys.exit(f"a control sequence that this script does not know: {other}")
            continue
        character, at = written[at], at + 1
        if character == "\r":
            column = 0
        elif character == "\n":
            row += 1
        elif character >= " ":
            if column == columns:
                row, column = row + 1, 0
            while len(lines) <= row:
                lines.append([])
            line = lines[row]
            line += [(" ", frozenset())] * (column + 1 - len(line))
            line[column] = (character, style)
            column += 1
        while len(lines) <= row:
            lines.append([])
    while lines and not lines[-1]:
        lines.pop()
    return lines


def runs(line):
    """Neighbouring cells of one style, as (column, text, style)."""
    found = []
    for column, (character, style) in enumerate(line):
        if found and found[-1][2] == style:
            found[-1][1] += character
        else:
            found.append([column, character, style])
    return [(column, text, style) for column, text, style in found if text.strip()]


def span(column, text, style):
    column, text = column + len(text) - len(text.lstrip()), text.strip()
    colour = next((COLOURS[n] for n in style if n in COLOURS), DIM if 2 in style else FOREGROUND)
    bold = ' font-weight="bold"' if 1 in style else ""
    width = f' textLength="{CELL * len(text):.1f}"'
    return f'<tspan x="{MARGIN + CELL * column:.1f}" fill="{colour}"{bold}{width}>{html.escape(text).replace(" ", NO_BREAK)}</tspan>'


def picture(lines, columns, title):
    """An SVG of these lines."""
    width, height = round(2 * MARGIN + CELL * columns), 2 * MARGIN + LINE * len(lines)
    drawn = "\n".join(
        f'<text y="{MARGIN + LINE * number + FONT}">{"".join(span(*run) for run in runs(line))}</text>'
        for number, line in enumerate(lines)
        if line
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>{html.escape(title)}</title>
<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="{FONT}">
{drawn}
</g>
</svg>
"""
