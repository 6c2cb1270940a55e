"""Is the desk up, and what has it done so far."""

from starlette.responses import JSONResponse

from deskrelay import journal
from deskrelay.web.completion import AUTO_VENDORS


async def health(request):
    return JSONResponse({"up": True, "auto_vendors": list(AUTO_VENDORS)})


async def journal_page(request):
    return JSONResponse(journal.counts())
