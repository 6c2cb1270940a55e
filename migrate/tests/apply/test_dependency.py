"""The dependency entry: one requirement more in the right file, every other byte as it was, or a reason."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_migrate.apply import FileChange, Skipped, dependency_change
from cutover_migrate.apply._requirements import add_to_requirements

OURS = "provider-cutover>=0.1"


@pytest.fixture
def change(root, put, snapshot):
    """The outcome for a project with these files; nothing is ever written."""

    def run(files):
        put({path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()})
        before = snapshot(root)
        outcome = dependency_change(root)
        assert snapshot(root) == before
        return outcome

    return run


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["a", "b>=1"]  # why', f'["a", "b>=1", "{OURS}"]  # why'),
        ("[]", f'["{OURS}"]'),
        (
            '[\n    "a",  # why\n    # not "b"\n    "c",\n]',
            f'[\n    "a",  # why\n    # not "b"\n    "c",\n    "{OURS}",\n]',
        ),
        ('[\n\t"a",\n\t"b"\n]', f'[\n\t"a",\n\t"b",\n\t"{OURS}"\n]'),
        ('[\n  "a",\n  "b"  # last\n]', f'[\n  "a",\n  "b",  # last\n  "{OURS}"\n]'),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_pyproject_gets_one_entry_in_its_own_style(change, before, after, end):
    frame = '# top\n[project]\nname = "x"   # odd  spacing\ndependencies = {}\n\n[tool.y]\nz=1'
    files = {"pyproject.toml": frame.format(before).replace("\n", end), "requirements.txt": "other\n"}
    outcome = change(files)
    assert outcome.path == "pyproject.toml"
    assert outcome.before.decode() == files["pyproject.toml"]
    assert outcome.after.decode() == frame.format(after).replace("\n", end)


def test_poetry_gets_one_entry_in_its_own_table(change):
    text = (
        '[tool.poetry.dependencies]\npython = "^3.11"\na = "^1"  # c\n\n[tool.poetry.group.dev.dependencies]\nb="1"\n'
    )
    outcome = change({"pyproject.toml": text})
    assert outcome.after.decode() == text.replace("# c\n", '# c\nprovider-cutover = ">=0.1"\n')


def test_a_pyproject_that_is_only_settings_leaves_it_to_requirements(change):
    assert (
        change({"pyproject.toml": "[tool.ruff]\nline-length = 99\n", "requirements.txt": "a\n"}).path
        == "requirements.txt"
    )


def test_a_project_without_any_list_gets_one(change):
    outcome = change({"pyproject.toml": '[project]\nname = "x"\n'})
    assert tomllib.loads(outcome.after.decode())["project"]["dependencies"] == [OURS]
    assert outcome.after.startswith(outcome.before)


def test_dependencies_that_setuptools_reads_from_a_file_go_to_that_file(change):
    project = '[project]\nname="x"\ndynamic = ["dependencies"]\n'
    text = project + '[tool.setuptools.dynamic]\ndependencies = {file = ["deps/run.txt"]}\n'
    assert change({"pyproject.toml": text, "deps/run.txt": "a\n", "requirements.txt": "b\n"}).path == "deps/run.txt"
    assert change({"pyproject.toml": text.replace('["deps/run.txt"]', '"deps/run.txt"')}).path == "deps/run.txt"


def test_dependencies_that_a_build_tool_makes_are_not_begun(change):
    outcome = change({"pyproject.toml": '[project]\nname="x"\ndynamic = ["dependencies"]\n'})
    assert outcome == Skipped("no dependency file was found", f"run: pip install '{OURS}'")


@pytest.mark.parametrize("text", ["[project\n", b"\xff\xfe", '[project]\nname="a"\nname="b"\n'])
def test_a_pyproject_that_is_no_toml_is_skipped_with_what_to_type(change, text):
    outcome = change({"pyproject.toml": text})
    assert outcome.reason.startswith("pyproject.toml is not valid TOML (")
    assert outcome.advice == f'add "{OURS}" to dependencies under [project] in pyproject.toml'


@pytest.mark.parametrize(
    "text",
    [
        "project = 1\n",
        '[project]\ndependencies = "a"\n',
        "[tool]\npoetry = 1\n",
        "[tool.poetry]\ndependencies = []\n",
    ],
)
def test_odd_shapes_of_pyproject_do_no_harm(change, text):
    outcome = change({"pyproject.toml": text, "requirements.txt": "a\n"})
    assert outcome.path == "requirements.txt"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\n", b"a\nprovider-cutover>=0.1\n"),
        (b"a", b"a\nprovider-cutover>=0.1\n"),
        (b"a\r\nb\r\n", b"a\r\nb\r\nprovider-cutover>=0.1\r\n"),
        (b"a\r\nb", b"a\r\nb\r\nprovider-cutover>=0.1\r\n"),
        (b"", b"provider-cutover>=0.1\n"),
        (b"# caf\xc3\xa9\n-r base.txt\n", b"# caf\xc3\xa9\n-r base.txt\nprovider-cutover>=0.1\n"),
        ("\ufeffa\r\n".encode("utf-16-le"), "\ufeffa\r\nprovider-cutover>=0.1\r\n".encode("utf-16-le")),
        ("\ufeffa\n".encode(), "\ufeffa\nprovider-cutover>=0.1\n".encode()),
    ],
)
def test_requirements_get_one_line_at_the_end(change, before, after):
    assert change({"requirements.txt": before}) == FileChange("requirements.txt", before, after)


@pytest.mark.parametrize("name", ["base", "prod", "main"])
def test_a_folder_of_requirements_is_known(change, name):
    files = {f"requirements/{name}.txt": "a\n", "requirements/zz-dev.txt": "b\n"}
    assert change(files).path == f"requirements/{name}.txt"


def test_the_only_file_in_a_folder_of_requirements_is_taken(change):
    assert change({"requirements/app.txt": "a\n"}).path == "requirements/app.txt"


def test_a_folder_of_requirements_with_no_known_name_is_not_guessed(change):
    assert isinstance(change({"requirements/x.txt": "a\n", "requirements/y.txt": "b\n"}), Skipped)


@pytest.mark.parametrize(
    "line",
    [
        "provider-cutover",
        "Provider_Cutover==0.1.0",
        "provider.cutover[telemetry] >= 0.1 ; python_version > '3'",
        "provider-cutover @ file:///x",
        "-e git+https://example.invalid/x.git#egg=provider-cutover",
    ],
)
def test_what_is_there_already_is_skipped_and_asks_for_nothing(change, line):
    assert change({"requirements.txt": f"a\n{line}\nb\n"}) == Skipped("requirements.txt has it already")


@pytest.mark.parametrize(
    "text",
    [
        '[project]\ndependencies = ["a", "Provider_Cutover[all]>=0.1"]\n',
        '[tool.poetry.dependencies]\nprovider-cutover = "*"\n',
    ],
)
def test_what_is_in_pyproject_already_is_skipped_too(change, text):
    assert change({"pyproject.toml": text}) == Skipped("pyproject.toml has it already")


@pytest.mark.parametrize(
    "line", ["provider-cutover-extras==1", "# provider-cutover", "my-provider-cutover", "provider"]
)
def test_what_only_resembles_it_does_not_count(change, line):
    assert isinstance(change({"requirements.txt": f"{line}\n"}), FileChange)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# This file is autogenerated by pip-compile with Python 3.11\na==1\n", "requirements.txt is generated"),
        ("# This file was autogenerated by uv via the following command:\na==1\n", "requirements.txt is generated"),
        ("a==1 \\\n    --hash=sha256:00\n", "requirements.txt pins hashes, and pip then wants one for every line"),
        ("a==1 \\\n", "the last line of requirements.txt is continued"),
        (b"caf\xe9\n", "requirements.txt is not utf-8 text"),
    ],
)
def test_requirements_that_a_line_would_break_are_skipped_with_what_to_type(change, text, reason):
    outcome = change({"requirements.txt": text})
    assert outcome.reason == reason
    assert OURS in outcome.advice


@pytest.mark.parametrize("name", ["setup.cfg", "setup.py", "Pipfile", "environment.yml"])
def test_other_files_are_named_with_what_to_type(change, name):
    outcome = change({name: "raise SystemExit('executed')\n"})
    assert outcome.reason == f"{name} is not edited by this program"
    assert OURS in outcome.advice


def test_no_file_at_all_says_so(change):
    assert change({}) == Skipped("no dependency file was found", f"run: pip install '{OURS}'")


def test_a_folder_where_the_file_should_be_is_skipped(root):
    (root / "pyproject.toml").mkdir()
    assert "cannot be read" in dependency_change(root).reason


@pytest.mark.parametrize(
    "files", [{"pyproject.toml": '[project]\nname="x"\ndependencies = ["a"]\n'}, {"requirements.txt": "a"}], ids=str
)
def test_its_own_result_needs_no_second_entry(change, files):
    outcome = change(files)
    assert change({outcome.path: outcome.after}) == Skipped(f"{outcome.path} has it already")


LINE = st.sampled_from(["a==1", "b>=2 # why", "", "-r base.txt", "é", "provider-cutovers"])


@given(st.lists(LINE, max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_every_other_byte_of_requirements_stays(lines, end, final):
    before = (end.join(lines) + (end if final else "")).encode()
    outcome = add_to_requirements("requirements.txt", before)
    assert outcome.after.startswith(before)
    assert outcome.after.decode().splitlines()[-1] == OURS
    assert outcome.after.decode().splitlines()[: len(before.decode().splitlines())] == before.decode().splitlines()
