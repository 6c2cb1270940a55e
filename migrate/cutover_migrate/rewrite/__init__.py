"""Rewriting: from decided chains to the texts of all files. Nothing is written here."""

from cutover_migrate.rewrite._comments import header_comment
from cutover_migrate.rewrite._decide import Decided, Decision, Kept, Level, Reason, decide, key_text, reason, text_keys
from cutover_migrate.rewrite._files import BlockPlan, FileRewrite
from cutover_migrate.rewrite._generate import config_text, loader_text, registry_text
from cutover_migrate.rewrite._handlers import lifted_template
from cutover_migrate.rewrite._imports import FileImports, TopNames
from cutover_migrate.rewrite._layout import Layout, choose_layout
from cutover_migrate.rewrite._naming import find_pattern, fresh, identifier, site_names, slot_name, value_name
from cutover_migrate.rewrite._reasons import KEPT_REASONS, REASONS, ReasonCode
from cutover_migrate.rewrite._table import SitePlan, Table, build_table
from cutover_migrate.rewrite._template import Differs, Hole, Template, find_template, unify

__all__ = [
    "KEPT_REASONS",
    "REASONS",
    "BlockPlan",
    "Decided",
    "Decision",
    "Differs",
    "FileImports",
    "FileRewrite",
    "Hole",
    "Kept",
    "Layout",
    "Level",
    "Reason",
    "ReasonCode",
    "SitePlan",
    "Table",
    "Template",
    "TopNames",
    "build_table",
    "choose_layout",
    "config_text",
    "decide",
    "find_pattern",
    "find_template",
    "fresh",
    "header_comment",
    "identifier",
    "key_text",
    "lifted_template",
    "loader_text",
    "reason",
    "registry_text",
    "site_names",
    "slot_name",
    "text_keys",
    "unify",
    "value_name",
]
