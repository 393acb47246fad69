"""What a test looks at on a page."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """A page: its elements by id, its inputs, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.by_id: dict[str, dict[str, str | None]] = {}
        self.inputs: list[dict[str, str | None]] = []
        self.resources: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if name := found.get("id"):
            self.by_id[name] = found
        if tag == "input":
            self.inputs.append(found)
        self.resources += [str(found[name]) for name in ("src", "srcset", "action") if name in found]
        if tag == "link":
            self.resources.append(str(found["href"]))
