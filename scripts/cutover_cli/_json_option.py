"""The option that every command with numbers has."""

import click

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
