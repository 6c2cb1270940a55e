"""What ``plan`` shows of one site: its code now, and what will stand in its place.

Example: ``show_rewrite(console(), plan, "app.desk.answer.1")``
"""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from cutover_cli._code_view import show_code, show_lines
from cutover_migrate import Plan
from cutover_migrate.reports import Sides, visible


def show_rewrite(out: Console, plan: Plan, site_id: str) -> None:
    """A site before, and after ``finish``, with the handlers that its branches become."""
    site = next(site for site in plan.scan.sites if site.id == site_id)
    sides = Sides(plan)
    after = sides.after(site)
    out.print(Text.assemble("\n", (visible(site.id), "bold"), f"  {visible(site.path)}, now:"), soft_wrap=True)
    show_lines(out, plan.scan, site, whole=False)
    out.print(Text("  after finish:"))
    show_code(out, sides.text(site, after), first=after.first, marked=after.changed)
    handlers = sides.handlers(site)
    if handlers:
        out.print(
            Text("  with this handler:" if len(handlers) == 1 else f"  with {len(handlers)} handlers, the first:")
        )
        show_code(out, sides.text(site, handlers[0]), first=handlers[0].first, marked=())
