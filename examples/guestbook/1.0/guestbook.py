"""The guestbook, 1.0: guests sign, and everybody reads who was here."""

from flask import Flask, abort, jsonify, redirect, render_template, request

from store import Store

app = Flask(__name__, template_folder="../templates")
store = Store()


@app.get("/")
def page():
    return render_template("guestbook.html", sections={"": store.guests()})


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
