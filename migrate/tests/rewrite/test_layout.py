"""Where the generated files go."""

import pytest

from cutover_migrate.errors import BadInput
from cutover_migrate.rewrite import choose_layout

CHAT = """from {module} import make_a, make_b


def chat(p, m):
    if p == "a":
        return make_a(m)
    elif p == "b":
        return make_b(m)
"""


@pytest.fixture
def layout_of(planned):
    """The layout for a gateway with its chain in one file, and these others."""

    def run(path, others, *, module="src.services.clients", **options):
        more = dict.fromkeys(others, "")
        return planned(CHAT.format(module=module), path=path, more=more, **options).layout

    return run


@pytest.mark.parametrize(
    ("others", "config"),
    [
        (["src/config/__init__.py"], "src/config/providers.py"),
        (["src/configs/base.py"], "src/configs/providers.py"),
        (["src/settings/__init__.py"], "src/settings/providers.py"),
        (["src/conf/x.py", "src/settings/x.py"], "src/settings/providers.py"),
        (["config/__init__.py"], "config/providers.py"),
        (["src/services/config/__init__.py"], "src/services/config/providers.py"),
        (["other/config/__init__.py"], "src/services/providers.py"),
        (["src/config.py"], "src/services/providers.py"),
        ([], "src/services/providers.py"),
    ],
)
def test_the_table_goes_into_the_gateways_own_config_folder(layout_of, others, config):
    found = layout_of("src/routes/chat.py", ["src/services/clients.py", *others])
    assert found.paths == (config, "src/services/provider_registry.py", "src/services/provider_loader.py")
    assert found.config_module == config.removesuffix(".py").replace("/", ".")
    assert found.registry_module == "src.services.provider_registry"
    assert found.loader_module == "src.services.provider_loader"


@pytest.mark.parametrize(
    ("others", "config"),
    [
        ({"src/config/providers/__init__.py": "", "src/config/__init__.py": ""}, "src/services/providers.py"),
        ({"src/config/__init__.py": "from elsewhere import providers\n"}, "src/services/providers.py"),
        ({"src/config/base.py": "", "src/config.py": ""}, "src/services/providers.py"),
        ({"src/services/providers/x.py": ""}, "src/services/provider_configs.py"),
        (
            {"src/services/providers/x.py": "", "src/services/__init__.py": "provider_configs = 1\n"},
            "src/services/provider_table.py",
        ),
    ],
)
def test_a_place_where_the_table_would_hide_something_is_passed_over(planned, others, config):
    more = {"src/services/clients.py": "", **others}
    plan = planned(CHAT.format(module="src.services.clients"), path="src/routes/chat.py", more=more)
    assert plan.layout.config == config


def test_a_place_that_is_named_is_taken_all_the_same(layout_of):
    others = ["src/services/clients.py", "cfg/providers/__init__.py"]
    assert layout_of("src/routes/chat.py", others, config="cfg").config == "cfg/providers.py"


def test_clients_outside_of_the_project_put_the_registry_beside_the_chain(layout_of):
    found = layout_of("src/routes/chat.py", ["src/routes/__init__.py", "src/__init__.py"], module="vendor.clients")
    assert found.paths == (
        "src/routes/providers.py",
        "src/routes/provider_registry.py",
        "src/routes/provider_loader.py",
    )


def test_a_flat_project_has_them_beside_its_files(layout_of):
    found = layout_of("chat.py", ["clients.py"], module="clients")
    assert found.paths == ("providers.py", "provider_registry.py", "provider_loader.py")
    assert (found.config_module, found.registry_module) == ("providers", "provider_registry")


def test_the_config_folder_is_not_looked_for_above_the_import_root(layout_of):
    found = layout_of("app/web/chat.py", ["app/vendors/clients.py", "config/__init__.py"], module="vendors.clients")
    assert found.config == "app/vendors/providers.py"
    assert found.config_module == "vendors.providers"


def test_most_clients_decide_where_the_services_are(planned):
    text = CHAT.format(module="one.clients").replace("make_a, make_b", "make_a") + (
        '    elif p == "c":\n        return make_c(m)\n'
    )
    text = "from two.clients import make_b\nfrom two.others import make_c\n" + text
    more = {"one/clients.py": "", "two/clients.py": "", "two/others.py": ""}
    assert planned(text, more=more).layout.registry == "two/provider_registry.py"


def test_folders_can_be_named(layout_of):
    found = layout_of("src/routes/chat.py", ["src/services/clients.py"], services="src/lib", config="src/tables")
    assert found.paths == ("src/tables/providers.py", "src/lib/provider_registry.py", "src/lib/provider_loader.py")
    assert found.config_module == "src.tables.providers"


def test_the_project_itself_can_be_named(layout_of):
    found = layout_of("src/routes/chat.py", ["src/services/clients.py"], services="", config="")
    assert found.paths == ("providers.py", "provider_registry.py", "provider_loader.py")


@pytest.mark.parametrize("folder", ["/etc", "../outside", "src/../../outside"])
def test_a_folder_outside_of_the_project_is_refused(layout_of, folder):
    with pytest.raises(BadInput) as caught:
        layout_of("src/routes/chat.py", ["src/services/clients.py"], config=folder)
    assert str(caught.value) == f"{folder}: a folder for generated files is named relative to the project root"


def test_a_layout_can_be_chosen_without_any_provider_module(scanned):
    found = choose_layout(scanned("x = 1").modules, [], "src/chat.py")
    assert found.registry == "src/provider_registry.py"
