"""The reasons of a decision in sentences that a visitor of the demo understands."""

from gateway.decision import Reason

SENTENCES: dict[Reason, str] = {
    Reason.NECESSARY: "Sent: the site cannot work without it.",
    Reason.EXEMPT: "Sent: the law here exempts this use from asking, in the weakened form below.",
    Reason.NOTICE: "Sent: the law here asks for a notice, and nobody objected.",
    Reason.NO_OBJECTION: "Sent: here the visitor may object, and has not.",
    Reason.CONSENT: "Sent: the visitor said yes to this purpose.",
    Reason.SUPPRESSED: "Nothing left: this visitor asked to be forgotten, or objected.",
    Reason.OBSERVE_MODE: "Nothing left: the policy only observes.",
    Reason.BOT: "Nothing left: this is a declared robot, not a person.",
    Reason.REGION_BLOCKED: "Nothing left: the policy sends nothing to this vendor from here.",
    Reason.EVENT_NOT_LISTED: "Nothing left: the policy names no purpose for this event at this vendor.",
    Reason.PROHIBITED: "Nothing left: the law here prohibits this use.",
    Reason.MINOR: "Nothing left: the visitor is too young for this use.",
    Reason.SIGNAL_GPC: "Nothing left: the browser's Global Privacy Control says no, and here it binds.",
    Reason.SIGNAL_DNT: "Nothing left: the browser says Do Not Track.",
    Reason.REFUSED: "Nothing left: the visitor refused this purpose.",
    Reason.NO_CONSENT: "Nothing left: the law here asks for a yes first, and there is none.",
    Reason.CONSENT_EXPIRED: "Nothing left: the yes is too old for the law here.",
    Reason.CONSENT_STALE: "Nothing left: the yes was given to other words than today's.",
    Reason.POLICY_ERROR: "Nothing left: the policy could not be evaluated, so the answer is no.",
}
