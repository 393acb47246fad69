"""Bicep files as trees in JSON, for tests/infra. Runs in .venv-infra, which has the parser: `bicep_tree.py FILE …`."""

import json
import sys
from pathlib import Path
from typing import Any

import tree_sitter
import tree_sitter_bicep

EXTENSION = b"extension "
"""The parser does not know this line (it is the compiler's); everything else it reads."""


def tree(node: Any) -> dict[str, Any]:
    """A node with its named children. What could not be read is of the type ERROR, what is missing MISSING."""
    kind = "MISSING" if node.is_missing else node.type
    children = [tree(child) for child in node.children if child.is_named or child.is_missing]
    return {
        "type": kind,
        "text": node.text.decode(),
        "line": node.start_point[0] + 1,
        "children": children,
    }


def main(files: list[str]) -> None:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
    trees = {}
    for file in files:
        lines = Path(file).read_bytes().splitlines(keepends=True)
        source = b"".join(b"\n" if line.startswith(EXTENSION) else line for line in lines)
        trees[file] = tree(parser.parse(source).root_node)
    json.dump(trees, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
