"""The guestbook's suite: against whatever database CASSANDRA_HOST and CASSANDRA_PORT name."""

import uuid

import pytest
from markupsafe import escape

import guestbook


@pytest.fixture(scope="session")
def site():
    guestbook.app.testing = True  # what goes wrong in the application is the test's failure
    site = guestbook.app.test_client()
    for name in ["Ada", "Grace", "Barbara"]:
        sign(site, name)
    yield site
    guestbook.store.close()


def sign(site, name):
    return site.post("/sign", data={"name": name, "message": "was here"})


def test_a_guest_can_sign(site):
    name = f"Edsger {uuid.uuid4()}"
    assert sign(site, name).status_code == 303
    assert name in [guest["name"] for guest in site.get("/guests.json").json]


def test_the_page_shows_every_guest(site):
    page = site.get("/")
    assert page.status_code == 200
    for guest in site.get("/guests.json").json:
        assert str(escape(guest["name"])) in page.text


def test_markup_in_a_name_is_shown_and_not_obeyed(site):
    sign(site, "Tim <b>Berners</b>")
    assert "Tim &lt;b&gt;Berners" in site.get("/").text


def test_nobody_signs_without_a_name(site):
    assert sign(site, "  ").status_code == 400
