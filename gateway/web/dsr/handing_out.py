"""Make links to packages, and give who follows one what was gathered."""

from collections.abc import Mapping
from typing import NamedTuple

from starlette.responses import Response

from gateway.dsr.desk import Desk, Witness
from gateway.dsr.packages import MOST_USES, Packages
from gateway.web.dsr.answers import PackageLink
from gateway.web.dsr.endpoint import Act, said
from gateway.web.dsr.operation import Call
from gateway.web.dsr.problems import HEADERS
from gateway.web.dsr.scalars import shown

BASE = "/v1/dsr/packages"


class HandingOut(NamedTuple):
    """The acts, by their parts."""

    desk: Desk
    packages: Packages
    evidence: Witness

    def acts(self) -> Mapping[str, Act]:
        """All of them, by the names of their operations."""
        return {"link": self.link, "package": self.package}

    async def link(self, call: Call) -> Response:
        """A new link to the package of a request."""
        request = await self.desk.show(call.spots["id"])
        await self.evidence.require("dsr.package_linked", request=request.id, by=call.by)
        made = await self.packages.link(request.id)
        url = f"{BASE}/{made.token}"
        told = PackageLink(url=url, expires_at=shown(made.ends), downloads=MOST_USES)
        return said(told, 201, {"location": url})

    async def package(self, call: Call) -> Response:
        """The package of a link."""
        token = call.spots["token"]
        await self.evidence.require("dsr.package_taken", request=await self.packages.whose(token), by=call.by)
        taken = await self.packages.fetch(token)
        headers = {**HEADERS, "content-disposition": 'attachment; filename="package.zip"'}
        return Response(taken.file, 200, headers, "application/zip")
