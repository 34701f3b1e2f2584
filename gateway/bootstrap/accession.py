"""Choose the policy a process begins with: the configured one, else the last good one, else none."""

from typing import NamedTuple

from gateway import __version__
from gateway.bootstrap.fit import MISFIT, fitted
from gateway.bootstrap.last_good import LastGood
from gateway.bootstrap.plan import unreadable
from gateway.bootstrap.shipped import resolver
from gateway.bootstrap.source import Glimpse, Source
from gateway.bootstrap.trial import Texts, Tried, try_policy
from gateway.errors import ConfigurationError
from gateway.policy.decide import Policy
from gateway.settings.read import Configured


class First(NamedTuple):
    """The policy to begin with, the texts it is made of, what became of the configured one, and what its file held."""

    policy: Policy | None
    texts: Texts
    configured: Tried
    seen: Glimpse


def first_policy(configured: Configured, source: Source, last_good: LastGood, day: int) -> First:
    """Read, check and test on `day` (days since 1970-01-01); what this version has proved before is not proved again.

    ConfigurationError where the configured one is right by itself and does not fit `gateway.yaml`, and none was good
    before: then it is `gateway.yaml` that is wrong.
    """
    glimpse, kept = source.look(), last_good.read()
    proved = kept.texts.digest if kept and kept.version == __version__ else ""
    file = str(source.path)
    if glimpse.policy is None:
        tried = Tried(Texts(file, ""), (unreadable(configured, "policy", source.path),))
    else:
        tried = fitted(try_policy(glimpse.policy, file, resolver(source.path), day, proved), configured)
    if tried.policy:
        return First(tried.policy, tried.texts, tried, source.knows(tried.texts))
    seen = glimpse if glimpse.policy is None else source.knows(tried.texts)
    if kept:
        texts = kept.texts
        again = fitted(try_policy(texts.policy, texts.file, texts.resolve, day, proved), configured)
        if again.policy:
            return First(again.policy, texts, tried, seen)
    if {finding.code for finding in tried.findings if finding.severity == "error"} == {MISFIT}:
        raise ConfigurationError(tried.findings)
    return First(None, tried.texts, tried, seen)
