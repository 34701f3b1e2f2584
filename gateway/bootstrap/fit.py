"""Hold a policy that was tried against `gateway.yaml`."""

from dataclasses import replace

from gateway.bootstrap.plan import has_errors, misfit
from gateway.bootstrap.trial import Tried
from gateway.settings.read import Configured

MISFIT, UNUSED = "G021", "G022"


def fitted(tried: Tried, configured: Configured) -> Tried:
    """The same, and where the two do not fit each other.

    A destination that only `gateway.yaml` knows gets nothing, and is no reason to go on under a policy that still names
    it.
    """
    if tried.policy is None:
        return tried
    findings = [
        replace(finding, severity="warning") if finding.code == UNUSED else finding
        for finding in misfit(configured, tried.policy)
    ]
    return Tried(tried.texts, (*tried.findings, *findings), None if has_errors(findings) else tried.policy)
