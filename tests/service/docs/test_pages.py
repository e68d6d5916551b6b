"""The pages: there for everyone, from this service alone, and kept by browsers for as long as they hold."""

import gzip
import re

import pytest

from tests.service.harness import Service

PAGES = ["/docs", "/docs/errors"]


def files_of(service: Service, page: str = "/docs") -> list[str]:
    return re.findall(r'(?:src|href)="(/docs/files/[^"]+)"', service.get(page).text)


def test_the_root_leads_to_the_reference_for_now(service: Service) -> None:
    answer = service.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/docs")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_lets_nothing_come_from_elsewhere(service: Service, page: str) -> None:
    answer = service.get(page)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    assert policy.pop("img-src") == "'self' data:"
    assert set(policy.values()) == {"'none'", "'self'"}
    assert policy["default-src"] == "'none'"
    assert not re.search(r'(?:src|href)="(?!/|#)', answer.text)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_asked_for_again_and_not_sent_again(service: Service, page: str) -> None:
    answer = service.get(page)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert service.get(page, If_None_Match=answer.headers["ETag"]).status_code == 304


@pytest.mark.parametrize("page", PAGES)
def test_every_file_of_a_page_is_there_for_good(service: Service, page: str) -> None:
    found = files_of(service, page)
    assert len(found) >= 2
    for path in found:
        answer = service.get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert service.get(path, If_None_Match=answer.headers["ETag"]).status_code == 304


@pytest.mark.parametrize("encoding", ["gzip, deflate, br", "*"])
def test_a_file_is_sent_zipped_to_whoever_unzips_it(service: Service, encoding: str) -> None:
    for path in files_of(service):
        plain, zipped = service.get(path), service.get(path, Accept_Encoding=encoding)
        assert zipped.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(zipped.data) == plain.data
        assert "Content-Encoding" not in plain.headers
        assert plain.headers["Vary"] == zipped.headers["Vary"] == "Accept-Encoding"
        assert plain.headers["ETag"] != zipped.headers["ETag"]


@pytest.mark.parametrize(
    "path", ["/docs/files/0/page.js", "/docs/files/{}/pages.py", "/docs/files/{}/../pages.py", "/docs/x", "/docs/"]
)
def test_what_is_no_page_and_no_file_of_this_version_is_404(service: Service, path: str) -> None:
    version = files_of(service)[0].split("/")[3]
    answer = service.get(path.format(version))
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_the_documentation_needs_no_key_and_tells_where_one_goes(guarded: Service) -> None:
    assert {guarded.get(path).status_code for path in [*PAGES, *files_of(guarded)]} == {200}
    described = guarded.get("/openapi.json").json
    assert described["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    assert '-H "Authorization: Bearer $BACKPROP_API_KEY"' in described["paths"]["/v1/jobs"]["get"]["description"]
    assert "sesame" not in guarded.get("/docs").text + str(described)
