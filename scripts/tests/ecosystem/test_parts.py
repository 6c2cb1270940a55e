import pytest

from ecosystem_run import MEASURES, Pinned, cached, counted_chains, digest, lost_line, measure

BEFORE = b"if a == 1:\r\n    b()\r\n\r\nc()"


@pytest.mark.parametrize(
    "after",
    [
        BEFORE,
        b"import x\n" + BEFORE,
        b"if use(a):\r\n    x()\r\nelif a == 1:\r\n    b()\r\n\r\nc()",
        b"if a == 1:\r\n    b()\r\n\r\n\r\n\r\nc()",
    ],
)
def test_lines_may_be_added_and_the_first_if_may_become_elif(after):
    assert lost_line(BEFORE, after) is None


@pytest.mark.parametrize(
    ("after", "line"),
    [
        (b"", 1),
        (BEFORE.replace(b"\r\n", b"\n"), 1),
        (BEFORE.replace(b"b()", b"d()"), 2),
        (BEFORE.replace(b"    b()\r\n\r\n", b"\r\n    b()\r\n"), 3),
        (BEFORE + b"\n", 4),
        (BEFORE.replace(b"a == 1", b"a == 2"), 1),
    ],
)
def test_a_line_that_is_gone_moved_or_changed_is_named(after, line):
    assert lost_line(BEFORE, after) == line


def test_an_elif_that_becomes_if_is_a_change():
    assert lost_line(b"elif a:\n", b"if a:\n") == 1
    assert lost_line(b"iffy = 1\n", b"elify = 1\n") == 1


def test_chains_are_counted_by_the_name_that_they_compare_most(folder):
    assert counted_chains(folder) == {("quill/answer.py", 5), ("quill/answer.py", 17)}


@pytest.mark.parametrize(
    "text",
    [
        "if a == 1: x\nelif a == 2: x\nelif a == 3: x\n",
        "if a == 1: x\nelif a == 2: x\nelif b == 3: x\nelif b == 4: x\n",
        "if a in (1, 2): x\nelif a in (3, 4): x\nelif a > 5: x\nelif a < 6: x\n",
    ],
)
def test_shorter_chains_and_other_tests_are_not_counted(tmp_path, text):
    (tmp_path / "m.py").write_text(text)
    assert counted_chains(tmp_path) == set()


def test_a_pinned_package_needs_its_version():
    assert str(Pinned.read("a-b==1.2")) == "a-b==1.2"
    with pytest.raises(ValueError, match="write name==version"):
        Pinned.read("a-b")


def test_a_package_that_is_in_the_cache_is_not_fetched_again(folder):
    assert cached(Pinned("quill", "1.0"), folder.parent) == folder


def test_the_digest_sees_every_byte_and_every_name_but_what_our_commands_leave(folder):
    before = digest(folder)
    (folder / ".cutover").mkdir()
    (folder / ".cutover" / "journal.json").write_text("{}")
    assert digest(folder) == before
    moved = (folder / "quill" / "clients.py").rename(folder / "quill" / "others.py")
    assert digest(folder) != before
    moved.rename(folder / "quill" / "clients.py")
    assert digest(folder) == before
    with (folder / "quill" / "__init__.py").open("a") as file:
        file.write("\n")
    assert digest(folder) != before


@pytest.mark.parametrize("name", MEASURES)
def test_each_measure_has_seconds_and_memory(folder, name):
    measured = measure(name, folder)
    assert measured["seconds"] >= 0
    assert measured["peak_mib"] > 1
