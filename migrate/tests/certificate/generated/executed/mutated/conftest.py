"""Wrong rewrites: small changes anywhere in the code, and changes of the registry's forms."""

import ast

import pytest
from hypothesis import strategies as st


def pick(draw, items):
    items = list(items)
    return draw(st.sampled_from(items)) if items else None


def nodes(tree, kind, test=lambda node: True):
    return [node for node in ast.walk(tree) if isinstance(node, kind) and test(node)]


def bodies(tree):
    """Every statement list of the module."""
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            found = getattr(node, field, None)
            if isinstance(found, list) and found and isinstance(found[0], ast.stmt):
                yield found


def sites(tree):
    """Statement lists with the index of a front or of a resolve."""
    for body in bodies(tree):
        for index, statement in enumerate(body):
            text = ast.unparse(statement)
            if isinstance(statement, ast.If) and (text.startswith("if use_registry") or " in " in text.split("\n")[0]):
                yield body, index


# code: any place of the file


def another_global(draw, tree):
    """Wrong callee: reads another function of the file."""
    globals_ = sorted({n.id for n in nodes(tree, ast.Name) if n.id.startswith(("make_", "process_", "to_", "trace"))})
    target = pick(draw, nodes(tree, ast.Name, lambda n: n.id in globals_))
    if target is not None:
        target.id = draw(st.sampled_from(globals_))


def another_slot(draw, tree):
    target = pick(
        draw, nodes(tree, ast.Attribute, lambda n: n.attr in {"make", "process", "label", "timeout", "method"})
    )
    if target is not None:
        target.attr = draw(st.sampled_from(("make", "process", "label", "timeout", "method", "name")))


def lost_keyword(draw, tree):
    call = pick(draw, nodes(tree, ast.Call, lambda n: n.keywords))
    if call is not None:
        call.keywords.pop(draw(st.integers(0, len(call.keywords) - 1)))


def lost_argument(draw, tree):
    call = pick(draw, nodes(tree, ast.Call, lambda n: n.args))
    if call is not None:
        call.args.pop(draw(st.integers(0, len(call.args) - 1)))


def changed_literal(draw, tree):
    constant = pick(draw, nodes(tree, ast.Constant, lambda n: isinstance(n.value, str | int | None)))
    if constant is not None:
        constant.value = draw(st.sampled_from(("near", "a-b", "x", "", None, 1, True, 10, 30, "NEAR")))


def another_name(draw, tree):
    """Wrong subject, wrong variable."""
    local = ("provider", "attempt", "request", "model", "flag", "out", "raw", "CHAT", "STREAM", "IMAGES")
    target = pick(draw, nodes(tree, ast.Name, lambda n: n.id in local))
    if target is not None:
        target.id = draw(st.sampled_from(local))


def lost_statement(draw, tree):
    body = pick(draw, bodies(tree))
    body.pop(draw(st.integers(0, len(body) - 1)))
    if not body:
        body.append(ast.Pass())


def doubled_statement(draw, tree):
    body = pick(draw, bodies(tree))
    index = draw(st.integers(0, len(body) - 1))
    body.insert(index, body[index])


def swapped_statements(draw, tree):
    body = pick(draw, [body for body in bodies(tree) if len(body) > 1])
    if body is not None:
        index = draw(st.integers(0, len(body) - 2))
        body[index], body[index + 1] = body[index + 1], body[index]


def turned_test(draw, tree):
    target = pick(draw, nodes(tree, (ast.If, ast.IfExp)))
    if target is not None:
        target.test = ast.UnaryOp(ast.Not(), target.test)


def turned_comparison(draw, tree):
    target = pick(draw, nodes(tree, ast.Compare))
    if target is not None:
        target.ops[0] = draw(st.sampled_from((ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is)))()


def swapped_arms(draw, tree):
    target = pick(draw, nodes(tree, ast.If, lambda n: n.orelse))
    if target is not None:
        target.body, target.orelse = target.orelse, target.body


def lost_arm(draw, tree):
    target = pick(draw, nodes(tree, ast.If, lambda n: n.orelse))
    if target is not None:
        target.orelse = []


def another_way_out(draw, tree):
    body = pick(draw, bodies(tree))
    index = draw(st.integers(0, len(body) - 1))
    body.insert(index, draw(st.sampled_from((ast.Return(None), ast.Pass(), ast.Continue(), ast.Break()))))


def other_handler(draw, tree):
    target = pick(draw, nodes(tree, ast.ExceptHandler))
    if target is not None:
        target.type = ast.Name(draw(st.sampled_from(("Exception", "KeyError", "ValueError"))), ast.Load())


def lost_import_name(draw, tree):
    target = pick(draw, nodes(tree, ast.ImportFrom, lambda n: len(n.names) > 1))
    if target is not None:
        target.names.pop(draw(st.integers(0, len(target.names) - 1)))


def lost_case(draw, tree):
    target = pick(draw, nodes(tree, ast.Match, lambda n: len(n.cases) > 1))
    if target is not None:
        target.cases.pop(draw(st.integers(0, len(target.cases) - 1)))


def moved_case(draw, tree):
    target = pick(draw, nodes(tree, ast.Match, lambda n: len(n.cases) > 1))
    if target is not None:
        index = draw(st.integers(0, len(target.cases) - 2))
        target.cases[index], target.cases[index + 1] = target.cases[index + 1], target.cases[index]


CODE_MUTATIONS = (
    another_global,
    lost_keyword,
    lost_argument,
    changed_literal,
    another_name,
    lost_statement,
    doubled_statement,
    swapped_statements,
    turned_test,
    turned_comparison,
    swapped_arms,
    lost_arm,
    another_way_out,
    other_handler,
    lost_import_name,
    lost_case,
    moved_case,
)


# form: where the registry's code is


def no_elif(draw, tree):
    """The `if` behind the front was not turned into an `elif`."""
    found = pick(draw, [(body, i) for body, i in sites(tree) if body[i].orelse])
    if found is not None:
        body, index = found
        rest, body[index].orelse = body[index].orelse, []
        body[index + 1 : index + 1] = rest


def template_behind(draw, tree):
    """The template moved behind the first kept branch."""
    found = pick(draw, [(b, i) for b, i in sites(tree) if len(b[i].orelse) == 1 and isinstance(b[i].orelse[0], ast.If)])
    if found is not None:
        body, index = found
        front, kept = body[index], body[index].orelse[0]
        front.orelse, kept.orelse, body[index] = kept.orelse, [front], kept


def early_bound(draw, tree):
    """A function object taken at import, in place of a slot."""
    slot = pick(draw, nodes(tree, ast.Attribute, lambda n: n.attr in {"make", "process"} and is_provider(n.value)))
    site = pick(draw, nodes(tree, ast.Name, lambda n: n.id in {"CHAT", "STREAM", "IMAGES"}))
    if slot is None:
        return
    taken = ast.parse(f"EARLY = {{key: {site.id}.resolve(key).{slot.attr} for key in {site.id}.keys()}}").body[0]
    read = ast.parse(f"EARLY.get(provider_config.name) or provider_config.{slot.attr}", mode="eval").body
    at = next(i for i, statement in enumerate(tree.body) if "bind_providers(" in ast.unparse(statement))
    tree.body.insert(at + 1, taken)
    _Swap(slot, read).visit(tree)


def early_local(draw, tree):
    """A slot read before the statement that calls it."""
    body = pick(draw, [b for b in bodies(tree) if len(b) > 1 and ".resolve(" in ast.unparse(b[0])])
    slot = (
        None
        if body is None
        else pick(draw, [n for s in body[1:] for n in nodes(s, ast.Attribute) if is_provider(n.value)])
    )
    if slot is not None:
        body.insert(1, ast.Assign([ast.Name("early", ast.Store())], ast.Attribute(slot.value, slot.attr, ast.Load())))
        _Swap(slot, ast.Name("early", ast.Load())).visit(tree)


def captured(draw, tree):
    """A slot read later, by a function that captured the provider."""
    slot = pick(draw, nodes(tree, ast.Attribute, lambda n: n.attr in {"make", "process"} and is_provider(n.value)))
    if slot is not None:
        late = ast.parse(f"lambda *a, **k: provider_config.{slot.attr}(*a, **k)", mode="eval").body
        _Swap(slot, late).visit(tree)


def swallowed(draw, tree):
    """An exception of the template does not get out."""
    body = pick(draw, [b for b in bodies(tree) if len(b) > 1 and ".resolve(" in ast.unparse(b[0])])
    if body is not None:
        handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
        body[1:] = [ast.Try(body[1:], [handler], [], [])]


def normalised_key(draw, tree):
    """The key is folded or aliased before it is looked up."""
    target = pick(draw, nodes(tree, ast.Call, lambda n: ast.unparse(n.func).endswith((".resolve", "use_registry"))))
    if target is not None:
        way = draw(
            st.sampled_from(("str({}).lower()", "str({}).strip()", "{} or 'near'", "normalize_provider_name({})"))
        )
        target.args[-1] = ast.parse(way.format(ast.unparse(target.args[-1])), mode="eval").body


def other_site(draw, tree):
    target = pick(draw, nodes(tree, ast.Name, lambda n: n.id in {"CHAT", "STREAM", "IMAGES"}))
    if target is not None:
        target.id = draw(st.sampled_from(("CHAT", "STREAM", "IMAGES")))


def guard_added(draw, tree):
    found = pick(draw, sites(tree))
    if found is not None:
        body, index = found
        extra = ast.parse(draw(st.sampled_from(("flag", "model", "True", "model != 'bad'"))), mode="eval").body
        body[index].test = ast.BoolOp(ast.And(), [body[index].test, extra])


def guard_lost(draw, tree):
    found = pick(draw, sites(tree))
    if found is not None:
        body, index = found
        body[index : index + 1] = body[index].body


def another_bind(draw, tree):
    call = pick(draw, nodes(tree, ast.Call, lambda n: ast.unparse(n.func) == "bind_providers"))
    if call is None:
        return
    how = draw(st.sampled_from(("order", "load_by", "load", "late")))
    if how == "order":
        call.args[1:] = reversed(call.args[1:])
    elif how == "late":
        at = next(i for i, statement in enumerate(tree.body) if "bind_providers(" in ast.unparse(statement))
        tree.body.append(tree.body.pop(at))
    elif call.keywords:
        call.keywords[-1].value = ast.Constant("module_name")
        if how == "load":
            call.keywords.clear()


def is_provider(node) -> bool:
    return isinstance(node, ast.Name) and node.id == "provider_config"


class _Swap(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old = old
        self.new = new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)


FORM_MUTATIONS = (
    another_slot,
    no_elif,
    template_behind,
    early_bound,
    early_local,
    captured,
    swallowed,
    normalised_key,
    other_site,
    guard_added,
    guard_lost,
    another_bind,
)


@pytest.fixture(scope="session")
def code_mutations():
    """Functions (draw, tree) that change a tree: the general ones, and those of the registry's forms."""
    return CODE_MUTATIONS, FORM_MUTATIONS
