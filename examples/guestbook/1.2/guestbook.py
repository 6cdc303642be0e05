"""The guestbook, 1.2: É stands under E, and whoever has no letter of A to Z under #."""

import string
import unicodedata

from flask import Flask, abort, jsonify, redirect, render_template, request

from store import Store

app = Flask(__name__, template_folder="../templates")
store = Store()


def letter_of(name):
    first = unicodedata.normalize("NFD", name)[0].upper()
    return first if first in set(string.ascii_uppercase) else "#"


def by_letter(guests):
    sections = {letter: [] for letter in string.ascii_uppercase + "#"}
    for guest in guests:
        sections[letter_of(guest["name"])].append(guest)
    return {letter: found for letter, found in sections.items() if found}


@app.get("/")
def page():
    return render_template("guestbook.html", sections=by_letter(store.guests()))


@app.get("/guests.json")
def listing():
    return jsonify([{"name": guest["name"], "message": guest["message"]} for guest in store.guests()])


@app.post("/sign")
def sign():
    name = request.form.get("name", "").strip()
    if not name:
        abort(400, "a guest has a name")
    store.sign(name, request.form.get("message", "").strip())
    return redirect("/", code=303)
