"""A page that shows all pictures side by side."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 24px; } h2 { margin: 40px 0 8px; }
.row { display: flex; gap: 16px; align-items: flex-start; overflow-x: auto; padding-bottom: 8px; }
figure { margin: 0; flex: none; } figcaption { font-size: .8rem; opacity: .7; }
img { height: 460px; border: 1px solid #8884; border-radius: 8px; object-fit: cover; object-position: top; }
nav { columns: 14rem; } .problems { color: #c92a2a; }
"""


def write(out: Path, names: Sequence[str], problems: Sequence[str]) -> Path:
    """Write `index.html` into the folder of the pictures; answers its path."""
    rows = []
    for name in names:
        shown = []
        for picture in sorted(out.glob(f"{name}.*.png")):
            label = escape(picture.stem.removeprefix(f"{name}."))
            image = f'<img src="{escape(picture.name)}" alt="{escape(name)}, {label}" loading="lazy">'
            link = f'<a href="{escape(picture.name)}">{image}</a>'
            shown.append(f"<figure>{link}<figcaption>{label}</figcaption></figure>")
        rows.append(f'<h2 id="{escape(name)}">{escape(name)}</h2><div class="row">{"".join(shown)}</div>')
    links = "".join(f'<a href="#{escape(name)}">{escape(name)}</a><br>' for name in names)
    wrong = "".join(f"<li>{escape(problem)}</li>" for problem in problems)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
    body = f'<h1>What people see</h1><ul class="problems">{wrong}</ul><nav>{links}</nav>{"".join(rows)}'
    index = out / "index.html"
    html = f'<!doctype html><html lang="en"><head>{head}<title>What people see</title></head><body>{body}</body></html>'
    index.write_text(html, "utf-8")
    return index
