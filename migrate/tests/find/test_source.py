"""Reading sources: encodings, positions in bytes, what is skipped, what is refused."""

import ast
import sys

import pytest

from cutover_migrate.errors import BadInput, MigrateError, NothingFound, NotPython
from cutover_migrate.find import Unread, parse_source, project_root, read_source, read_tree

VERSION = f"Python {sys.version_info.major}.{sys.version_info.minor}"


def last_call(source):
    return [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)][-1]


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-8", 'x = ("é→😀", f(1))\n'.encode()),
        ("utf-8", b"\xef\xbb\xbf" + 'x = ("é", f(1))\n'.encode()),
        ("iso-8859-1", "# coding: latin-1\nx = ('éé', f(1))\n".encode("latin-1")),
        ("cp1251", "# -*- coding: cp1251 -*-\nx = ('жж', f(1))\n".encode("cp1251")),
        ("utf-8", "def f(): pass\r\nx = ('é', f(1))\r\n".encode()),
        ("utf-8", "x = ('\x0c\u2028\x85é', f(1))\n".encode()),
        ("utf-8", "y = '''\né\n'''; x = ('é', f(1))".encode()),
    ],
)
def test_a_position_is_the_same_place_in_any_encoding(encoding, data):
    source = parse_source("chat.py", data)
    assert source.encoding == encoding
    assert source.segment(last_call(source)) == "f(1)"


@pytest.mark.parametrize(("data", "newline"), [(b"a\r\nb\n", "\r\n"), (b"a\nb\r\n", "\n"), (b"a", "\n"), (b"", "\n")])
def test_the_first_line_says_how_lines_end(data, newline):
    assert parse_source("chat.py", data).newline == newline


def test_the_first_line_starts_behind_a_byte_order_mark():
    source = parse_source("chat.py", b"\xef\xbb\xbff()\ng()\n")
    assert source.starts == [3, 7, 11]
    assert source.span(source.tree.body[0]) == (3, 6)


def test_lines_end_only_where_python_ends_them():
    source = parse_source("chat.py", "x = '\x0b\x0c\x1c\x85\u2028'\ny = 1\rz = 2\n".encode())
    assert len(source.lines) == 3
    assert source.tree.body[-1].lineno == 3


@pytest.mark.parametrize(("text", "indent"), [("\t if x: y", "\t "), ("    x", "    "), ("x", ""), ("  ", "  ")])
def test_the_indentation_of_a_line_is_its_white_space(text, indent):
    source = parse_source("chat.py", b"")
    object.__setattr__(source, "data", text.encode())
    assert source.indent(1) == indent


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"x = 1\ndef f(:\n", 2, "invalid syntax"),
        (b"# coding: no-such\nx = 1\n", 1, "unknown encoding"),
        (b"x = '\xe9'\n", 1, "invalid"),
        (b"x = 1\x00\n", 1, "null bytes"),
        (b"(" * 5000, 1, ""),
        (b"-" * 100000 + b"1", 1, ""),
        (b"x" + b".a" * 50000, 1, ""),
    ],
)
def test_bytes_that_are_not_python_are_refused_with_the_line(data, line, reason):
    with pytest.raises(NotPython) as caught:
        parse_source("src/chat.py", data)
    error = caught.value
    assert isinstance(error, BadInput)
    assert isinstance(error, MigrateError)
    assert (error.path, error.line) == ("src/chat.py", line)
    assert reason in error.reason
    assert str(error) == (
        f"src/chat.py:{line}: not Python that {VERSION} can parse ({error.reason}); "
        "mend the file, or run cutover with the Python version that the file is written for"
    )


def test_warnings_of_the_parser_are_not_ours():
    assert parse_source("chat.py", b"x = '\\d' is 'y'\n").tree.body


def test_a_folder_gives_its_python_files_in_order(tree):
    root = tree({"b.py": "", "a/z.py": "", "a/y.py": "", "a/notes.txt": "no python", "c.pyi": ""})
    assert list(read_tree([root], root=root).sources) == ["b.py", "a/y.py", "a/z.py"]


@pytest.mark.parametrize(
    "folder", ["__pycache__", ".hidden", "venv", ".venv", "node_modules", "build", ".cutover", "myenv"]
)
def test_folders_of_others_are_skipped(tree, folder):
    root = tree({"chat.py": "", f"{folder}/lib.py": "", **({"myenv/pyvenv.cfg": ""} if folder == "myenv" else {})})
    assert list(read_tree([root], root=root).sources) == ["chat.py"]


def test_a_skipped_folder_can_be_named(tree):
    root = tree({"build/lib.py": ""})
    assert list(read_tree([root / "build"], root=root).sources) == ["build/lib.py"]


def test_a_file_that_is_named_twice_is_read_once(tree):
    root = tree({"src/chat.py": "x = 1"})
    assert list(read_tree([root / "src/chat.py", root, root / "src"], root=root).sources) == ["src/chat.py"]


def test_a_file_without_a_suffix_can_be_named(tree):
    root = tree({"gateway": "x = 1"})
    assert list(read_tree([root / "gateway"], root=root).sources) == ["gateway"]


def test_a_broken_file_inside_a_folder_is_listed(tree):
    root = tree({"good.py": "x = 1", "bad.py": "x = 1\nx ="})
    found = read_tree([root], root=root)
    assert list(found.sources) == ["good.py"]
    assert found.unread == [Unread("bad.py", 2, "invalid syntax")]


def test_a_broken_file_that_is_named_is_refused(tree):
    root = tree({"bad.py": "x ="})
    with pytest.raises(NotPython, match=r"^bad\.py:1: not Python that"):
        read_tree([root / "bad.py"], root=root)


def test_a_broken_link_inside_a_folder_is_listed(tree):
    root = tree({"good.py": ""})
    (root / "gone.py").symlink_to(root / "nowhere.py")
    found = read_tree([root], root=root)
    assert [(file.path, file.line) for file in found.unread] == [("nowhere.py", 1)]
    assert found.unread[0].reason == "nowhere.py: cannot be read (No such file or directory); nothing was written"


def test_a_file_that_cannot_be_read_is_refused(tree):
    root = tree({"chat.py/inner.txt": ""})
    with pytest.raises(BadInput) as caught:
        read_source(root, "chat.py")
    assert str(caught.value) == "chat.py: cannot be read (Is a directory); nothing was written"


def test_a_named_file_that_cannot_be_read_stops_the_scan(tree, monkeypatch):
    root = tree({"chat.py": ""})

    def refused(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refused)
    with pytest.raises(BadInput) as caught:
        read_tree([root / "chat.py"], root=root)
    assert str(caught.value) == "chat.py: cannot be read (Permission denied); nothing was written"


def test_a_path_that_is_not_there_is_refused(tree):
    root = tree({})
    with pytest.raises(BadInput) as caught:
        read_tree([root / "src"])
    assert str(caught.value) == (
        f"{root / 'src'}: there is no such file or folder; name a Python file or a folder that holds some"
    )


def test_a_folder_without_python_is_refused(tree):
    root = tree({"docs/notes.txt": ""})
    with pytest.raises(NothingFound) as caught:
        read_tree([root / "docs", root / "docs"])
    assert str(caught.value) == (
        f"{root / 'docs'}, {root / 'docs'}: no Python file there; name the folder that holds the gateway's sources"
    )


def test_a_file_that_is_no_python_file_is_refused(tree):
    root = tree({"plan.json": "{}"})
    with pytest.raises(BadInput) as caught:
        read_tree([root / "plan.json"], root=root)
    assert str(caught.value) == (
        f"{root / 'plan.json'}: not a Python file (its name ends in '.json'); name a .py file or a folder"
    )


def test_a_file_outside_of_the_root_is_refused(tree):
    root = tree({"app/chat.py": "", "other/chat.py": ""})
    with pytest.raises(BadInput) as caught:
        read_tree([root / "other"], root=root / "app")
    assert str(caught.value) == (
        f"{root / 'other/chat.py'}: lies outside of the project root {root / 'app'}; give --root"
    )


@pytest.mark.parametrize(
    "marker", [".cutover/", ".git/", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt"]
)
def test_the_project_root_is_the_nearest_folder_with_a_marker(tree, marker):
    root = tree({"app/src/routes/chat.py": ""})
    target = root / "app" / marker
    target.mkdir() if marker.endswith("/") else target.touch()
    assert project_root([root / "app/src/routes"]) == root / "app"
    assert project_root([root / "app/src/routes/chat.py"]) == root / "app"


def test_without_a_marker_the_root_is_the_folder_that_is_named(tree, monkeypatch):
    monkeypatch.setattr("cutover_migrate.find._source.ROOT_MARKERS", ())
    root = tree({"src/chat.py": ""})
    assert project_root([root / "src"]) == root / "src"
    assert project_root([root / "src/chat.py"]) == root / "src"


def test_the_root_is_found_when_none_is_given(tree):
    root = tree({"pyproject.toml": "", "src/chat.py": ""})
    found = read_tree([root / "src"])
    assert (found.root, list(found.sources)) == (root, ["src/chat.py"])
