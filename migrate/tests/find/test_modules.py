"""Dotted names and files: the import root, relative imports, where a name is defined."""

import pytest

PACKAGE = {
    "src/__init__.py": "",
    "src/services/__init__.py": "",
    "src/services/groq_client.py": "def make_groq_request(): pass\nclass Groq: pass\n",
    "src/routes/__init__.py": "",
    "src/routes/chat.py": "from src.services.groq_client import make_groq_request\n",
}


def without_inits(files):
    return {path: text for path, text in files.items() if not path.endswith("__init__.py")}


@pytest.mark.parametrize("files", [PACKAGE, without_inits(PACKAGE)])
def test_absolute_imports_tell_the_import_root(modules_of, files):
    modules = modules_of(files)
    assert modules.import_root == ""
    assert modules.name_of("src/routes/chat.py") == "src.routes.chat"
    assert modules.path_of("src.services.groq_client") == "src/services/groq_client.py"


@pytest.mark.parametrize("statement", ["from desk.vendors.groq import make", "import desk.vendors.groq"])
def test_a_source_layout_has_its_root_below_the_project(modules_of, statement):
    modules = modules_of({"src/desk/vendors/groq.py": "def make(): pass", "src/desk/web.py": statement})
    assert modules.import_root == "src"
    assert modules.name_of("src/desk/web.py") == "desk.web"
    assert modules.path_of("desk.vendors.groq") == "src/desk/vendors/groq.py"


def test_the_root_that_most_imports_agree_on_wins(modules_of):
    modules = modules_of(
        {
            "app/desk/a.py": "from desk.b import x\nfrom desk.c import y\n",
            "app/desk/b.py": "",
            "app/desk/c.py": "",
            "tools/run.py": "import tools.other",
            "tools/other.py": "",
        }
    )
    assert modules.import_root == "app"
    assert modules.name_of("tools/run.py") == "tools.run"


def test_the_root_can_be_given(modules_of):
    modules = modules_of({"app/desk/web.py": "import os"}, import_root="app")
    assert modules.name_of("app/desk/web.py") == "desk.web"


def test_without_imports_the_root_is_above_the_outermost_package(modules_of):
    modules = modules_of({"app/desk/__init__.py": "", "app/desk/web/__init__.py": "", "app/desk/web/chat.py": ""})
    assert modules.import_root == "app"
    assert modules.name_of("app/desk/web/chat.py") == "desk.web.chat"


def test_a_package_in_the_project_folder_has_the_project_as_root(modules_of):
    assert modules_of({"desk/__init__.py": "", "desk/chat.py": ""}).import_root == ""


def test_a_folder_of_sources_is_the_root(modules_of):
    assert modules_of({"src/chat.py": "", "src/desk/web.py": ""}).import_root == "src"


def test_a_script_is_imported_from_its_own_folder(modules_of):
    modules = modules_of({"app/run.py": "if __name__ == '__main__':\n    pass\n", "app/other.py": ""})
    assert modules.name_of("app/other.py") == "other"


def test_without_any_sign_the_root_is_the_project(modules_of):
    assert modules_of({"app/chat.py": "x = 1\nif x:\n    pass\n"}).name_of("app/chat.py") == "app.chat"


def test_a_package_goes_by_its_folder(modules_of):
    modules = modules_of(PACKAGE)
    assert modules.name_of("src/services/__init__.py") == "src.services"
    assert modules.path_of("src.services") == "src/services/__init__.py"


@pytest.mark.parametrize(
    ("path", "module", "level", "absolute"),
    [
        ("src/routes/chat.py", "os.path", 0, "os.path"),
        ("src/routes/chat.py", None, 1, "src.routes"),
        ("src/routes/chat.py", "helpers", 1, "src.routes.helpers"),
        ("src/routes/chat.py", "services.groq_client", 2, "src.services.groq_client"),
        ("src/routes/chat.py", None, 2, "src"),
        ("src/routes/__init__.py", "chat", 1, "src.routes.chat"),
        ("src/routes/__init__.py", "services", 2, "src.services"),
    ],
)
def test_a_relative_import_is_made_absolute(modules_of, path, module, level, absolute):
    assert modules_of(PACKAGE).absolute(path, module, level) == absolute


def test_modules_outside_of_the_project_have_no_file(modules_of):
    modules = modules_of(PACKAGE)
    assert modules.path_of("json") is None
    assert modules.path_of("src.services.near_client") is None


def test_a_file_on_disk_that_was_not_scanned_is_part_of_the_project(modules_of, tree):
    modules = modules_of(PACKAGE)
    tree({"src/services/later.py": ""})
    assert modules.path_of("src.services.later") == "src/services/later.py"


def test_a_name_is_looked_up_by_where_it_is_defined(modules_of):
    modules = modules_of(PACKAGE)
    assert modules.defines("make_groq_request") == ["src.services.groq_client"]
    assert modules.defines("Groq") == ["src.services.groq_client"]
    assert modules.defines("make_near_request") == []
