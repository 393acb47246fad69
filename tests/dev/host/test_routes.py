import pytest

from dev.host.routes import Route


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("items", "/items/", {}),
        ("Items/{id}", "/iTEMS/A%2fb%20c", {"id": "A%2Fb c"}),
        ("items/{id?}", "/items", {}),
        ("items/{id?}", "/items/1", {"id": "1"}),
        ("items/{page:int=1}", "/items", {"page": "1"}),
        ("items/{id:int:min(5)}", "/items/7", {"id": "7"}),
        ("items/{id:length(2,3)}", "/items/abc", {"id": "abc"}),
        ("items/{id:guid}", "/items/0b87316c-8da4-4b43-a06a-21b1dfc2bb05", {}),
        ("files/{name}.{kind}", "/files/report.v2.pdf", {"name": "report.v2", "kind": "pdf"}),
        ("static/{*rest}", "/static", {}),
        ("static/{*rest}", "/static/a/b.css", {"rest": "a/b.css"}),
        ("", "/", {}),
    ],
)
def test_a_path_that_azure_would_route_is_routed(template: str, path: str, values: dict[str, str]) -> None:
    matched = Route(template).match(path)
    assert matched is not None
    assert values.items() <= matched.items()


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("items", "/items/1"),
        ("items/{id}", "/items"),
        ("items/{id}", "/items/1/2"),
        ("items/{id:int}", "/items/9999999999"),
        ("items/{id:int}", "/items/1x"),
        ("items/{id:int:min(5)}", "/items/4"),
        ("items/{id:alpha}", "/items/a1"),
        ("items.json", "/itemsxjson"),
        ("", "/items"),
    ],
)
def test_a_path_that_azure_would_not_route_is_not_routed(template: str, path: str) -> None:
    assert Route(template).match(path) is None


@pytest.mark.parametrize("template", ["items/{id:unheard}", "items/{id", "items/{}"])
def test_a_template_that_is_not_understood_is_refused_instead_of_matching_something_else(template: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        Route(template)
