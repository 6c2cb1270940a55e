import os, subprocess, sys, json
import pytest

def show(ran):
    print(ran.code); print("OUT", ran.out); print("ERR", ran.err)

def test_poke(cutover, gateway, tmp_path, tree):
    before = tree(gateway)
    def t(*a, **k):
        print("$", *a, k); show(cutover(*a, **k)); 
        after = tree(gateway)
        if after != before: print("CHANGED", set(after)^set(before))
    t("scan", cwd=gateway)
    t("scan", gateway/"app"/"desk.py")
    t("plan", "app", "-o", "no/such/plan.json", cwd=gateway)
    (gateway/"requirements.txt").touch()
    t("plan", "app", "-o", "app", cwd=gateway)
    t("scan", "nope", cwd=gateway)
    t("scan", "app", "--root", "nope", cwd=gateway)
    t("plan", "app", "--root", "nope", cwd=gateway)
    t("apply", "nope.json", cwd=gateway)
    t("apply", "app", cwd=gateway)
    t("verify", cwd=gateway)
    t("verify", "--root", "nope", cwd=gateway)
    t("finish", cwd=gateway)
    t("undo", cwd=gateway)
    t("switch", "status", cwd=gateway)
    t("switch", "on", cwd=gateway)
    t("switch", "status", "--root", "nope", cwd=gateway)
    t("switch", "on", "--root", "nope", cwd=gateway)
    t("switch", "on", "--site", "zz", cwd=gateway)
    t("record", "app.desk:app", cwd=gateway)
    t("record", "app.desk:app", "-o", "x.jsonl", cwd=gateway)
    t("record", "nonsense", "-o", "x.jsonl", cwd=gateway)
    t("record", "app.desk:app", "-o", "no/x.jsonl", cwd=gateway)
    t("record", "app.desk:app", "-o", "x.jsonl", "--host", "0.0.0.0", cwd=gateway)
    t("replay", "nope.jsonl", "--app", "app.desk:app", cwd=gateway)
    t("replay", "requirements.txt", "--app", "app.desk:app", cwd=gateway)
    t("replay", "--arm", "left", "requirements.txt", "--app", "app.desk:app", cwd=gateway)
    t("demo", "-d", gateway)
    t("completion", "tcsh")
    t()
    t("nonsense")
    t("scan", "--nonsense")
    (tmp_path/"a[1].py").write_text("x = = 1\n")
    t("scan", tmp_path/"a[1].py")
    t("scan", tmp_path/"a[red].py")
    t("switch", "on", "--site", "[0]", cwd=gateway)
    for text in ['{"format":"cutover-plan","version":1,"names":[],"sources":[],"sites":[1],"options":{},"root":"."}', '[]', '{"format":"cutover-plan","version":1,"names":{"sites":5},"sources":{"a":1},"sites":[1],"options":{},"root":"."}', '{"format":"cutover-plan","version":2,"root":"."}', '{"root":5}', '{"root": "."}', '\xff', '['*100000, '{"format":"cutover-plan","version":1,"names":{},"sources":{"../../etc/passwd":"1"},"sites":[1],"options":{},"root":"."}',
       '{"format":"cutover-plan","version":1,"names":{},"sources":{"app/desk.py":"1"},"sites":[1],"options":5,"root":"."}']:
        (tmp_path/"p.json").write_bytes(text.encode("latin1"))
        print("PLAN", text[:100])
        t("apply", tmp_path/"p.json", cwd=gateway)
