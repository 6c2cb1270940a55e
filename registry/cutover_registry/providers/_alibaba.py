"""Alibaba Cloud Model Studio: one host a region, and errors of two shapes."""

from collections.abc import Mapping

from cutover_registry.providers._places import filled
from cutover_registry.providers._spec import Dialect

REGIONS: Mapping[str, str] = {
    "singapore": "dashscope-intl.aliyuncs.com",
    "virginia": "dashscope-us.aliyuncs.com",
    "beijing": "dashscope.aliyuncs.com",
    "hongkong": "cn-hongkong.dashscope.aliyuncs.com",
}


class AlibabaDialect(Dialect):
    """Chooses the host by ``DASHSCOPE_REGION``; another host may be written there in full."""

    def settings(self, environment: Mapping[str, str]) -> Mapping[str, str]:
        """Read the region; without, Singapore's host, as for accounts outside China."""
        region = filled("alibaba-cloud", environment, ("DASHSCOPE_REGION",), "singapore")
        return {"host": REGIONS.get(region.lower(), region)}
