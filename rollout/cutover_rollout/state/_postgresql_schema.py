"""The tables of a PostgreSQL state, in a schema of their own, and how a database comes to have them.

Each entry of `MIGRATIONS` brings the schema from one form to the next; a release only ever appends to it. Reading takes
every form that is known as it is; the first decision or lease of a new release brings it on. An empty schema that an
administrator made is used. Triggers keep the audit from being edited.
"""

from typing import Any, LiteralString

import psycopg

from cutover_rollout.state._errors import ForeignState, NewerState

OWNER = "provider-cutover state"
ONE_AT_A_TIME = 0x43545352
MIGRATIONS: tuple[tuple[LiteralString, ...], ...] = (
    (
        "CREATE TABLE cutover.form (owner text PRIMARY KEY, number integer NOT NULL)",
        "CREATE TABLE cutover.states (name text PRIMARY KEY, origin text NOT NULL, version bigint NOT NULL,"
        " document json NOT NULL)",
        "CREATE TABLE cutover.decisions (state text NOT NULL REFERENCES cutover.states (name), version bigint NOT NULL,"
        " at timestamptz NOT NULL DEFAULT clock_timestamp(), by text NOT NULL, why text NOT NULL,"
        " evidence json NOT NULL, document json NOT NULL, mark text NOT NULL, PRIMARY KEY (state, version))",
        "CREATE FUNCTION cutover.refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'decisions are never edited or removed'; END$$",
        "CREATE TRIGGER decisions_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON cutover.decisions"
        " FOR EACH STATEMENT EXECUTE FUNCTION cutover.refuse()",
        "CREATE TABLE cutover.leases (state text NOT NULL, name text NOT NULL, fence bigint NOT NULL,"
        " mark text NOT NULL, holder text NOT NULL, until timestamptz NOT NULL, lasts interval NOT NULL,"
        " PRIMARY KEY (state, name))",
    ),
)
Connection = psycopg.Connection[tuple[Any, ...]]


def prepare(connection: Connection, where: str) -> None:
    """Bring the schema to the present form, whoever else does so at the same time."""
    if check(connection, where) == len(MIGRATIONS):
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
        form = check(connection, where)
        if not _has_schema(connection):
            connection.execute("CREATE SCHEMA cutover")
        for migration in MIGRATIONS[form:]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(
            "INSERT INTO cutover.form VALUES (%s, %s) ON CONFLICT (owner) DO UPDATE SET number = excluded.number",
            (OWNER, len(MIGRATIONS)),
        )


def check(connection: Connection, where: str) -> int:
    """The form of the schema, 0 if it is empty or not there; raises ForeignState and NewerState."""
    tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'cutover'")]
    if not tables:
        return 0
    form = _form(connection)
    if form is None:
        raise ForeignState(where, f"a schema named cutover with tables {', '.join(sorted(tables)[:3])}")
    check_form(form, where)
    return form


def check_form(form: int, where: str) -> None:
    """Raise NewerState for a form that this release does not know."""
    if form > len(MIGRATIONS):
        raise NewerState(where, found=form, known=len(MIGRATIONS))


def _form(connection: Connection) -> int | None:
    columns = (
        "SELECT attname::text FROM pg_attribute"
        " WHERE attrelid = to_regclass('cutover.form') AND attnum > 0 AND NOT attisdropped"
    )
    if not {"owner", "number"} <= {name for (name,) in connection.execute(columns)}:
        return None
    asked = "SELECT number::text FROM cutover.form WHERE owner::text = %s"
    row = connection.execute(asked, (OWNER,)).fetchone()
    return int(row[0]) if row is not None and row[0].isdecimal() else None


def _has_schema(connection: Connection) -> bool:
    return connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'cutover'").fetchone() is not None
