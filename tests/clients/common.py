"""What the scripts for python-gitlab share."""

import sys
import warnings

import gitlab


def start(main):
    """Runs `main(url, token)` with the arguments of the script."""
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} BASE_URL TOKEN")
    # python-gitlab only warns when a page links to another place than the one it was sent to.
    warnings.simplefilter("error")
    main(*sys.argv[1:])


def whole(name, manager, **filters):
    """The whole list, which must be the same in pages of any size."""
    rows = list(manager.list(iterator=True, per_page=100, **filters))
    pages = manager.list(iterator=True, per_page=2, **filters)
    assert rows, f"{name}: none"
    assert len(set(ids(rows))) == len(rows), f"{name}: one of them twice in {ids(rows)}"
    assert pages.total == len(rows), f"{name}: {pages.total} announced, {len(rows)} listed"
    in_pages = ids(pages)
    assert in_pages == ids(rows), f"{name}: {in_pages} in pages of two, {ids(rows)} in one"
    print(f"{name}: {len(rows)}")
    return rows


def ids(rows):
    return [row.id for row in rows]


def refuses(status, call):
    """It must answer with that status."""
    try:
        call()
    except gitlab.GitlabError as refusal:
        assert refusal.response_code == status, refusal
    else:
        raise AssertionError(f"{status} was expected")
