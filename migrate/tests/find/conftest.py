"""Fixtures of the finding tests: texts and small trees in, chains, tests and blocks out."""

import ast
import textwrap
from pathlib import Path

import pytest

from cutover_migrate.find import ModuleMap, find_blocks, find_chains, parse_source, read_tree
from cutover_migrate.find._keys import read_test


@pytest.fixture(scope="session")
def chains_of():
    """The chains of a module's text."""

    def find(text):
        module = ast.parse(textwrap.dedent(text))
        found = find_chains(module)
        quick = find_chains(module, data=text.encode())
        assert [(chain.kind, chain.nodes) for chain in quick] == [(chain.kind, chain.nodes) for chain in found]
        return found

    return find


@pytest.fixture(scope="session")
def chain_of(chains_of):
    """The one chain of a module's text."""

    def find(text):
        (chain,) = chains_of(text)
        return chain

    return find


@pytest.fixture(scope="session")
def read():
    """A test's text, read."""
    return lambda text: read_test(ast.parse(text, mode="eval").body)


@pytest.fixture
def tree(tmp_path):
    """Write files (texts are dedented) into a project and give its folder."""

    def write(files):
        for path, text in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return tmp_path

    return write


@pytest.fixture
def modules_of(tree):
    """The module map of a project that is written from these files."""

    def build(files, **options):
        root = tree(files)
        found = read_tree([root], root=root)
        return ModuleMap(root, found.sources, **options)

    return build


@pytest.fixture
def imports_of(modules_of):
    """The import groups of one file of a project."""

    def find(files, path="chat.py"):
        modules = modules_of(files)
        return find_blocks(modules.sources[path], modules)[0]

    return find


@pytest.fixture(scope="session")
def blocks_of():
    """The tables, lists and alias fixes of a text."""

    def find(text):
        source = parse_source("chat.py", textwrap.dedent(text).encode())
        return find_blocks(source, ModuleMap(Path("/nowhere"), {"chat.py": source}))[1]

    return find
