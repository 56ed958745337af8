//! The evidence for a request for more, as text for the clipboard: what is hidden on the screen is hidden in it.

use crate::{
    app::{raise::Raised, state::State},
    domain::{
        evidence::{Evidence, text},
        increase::Help,
        snapshot::Provenance,
    },
};

use super::names;

/// The text for a quota; None where nobody is known for certain to draw on it.
#[must_use]
pub fn evidence_text(state: &State, raised: &Raised<'_>) -> Option<String> {
    let quota = raised.drawn?;
    let help = state.increase_help(raised);
    let drawing = state.drawing_on(&quota.code);
    let mut models: Vec<String> =
        drawing.iter().filter_map(|endpoint| endpoint.model.as_ref()).map(ToString::to_string).collect();
    models.sort_unstable();
    models.dedup();
    let measured = state.measured(quota);
    let text = text(&Evidence {
        is_simulated: state.session.provenance == Provenance::Simulated,
        region: &state.session.region,
        account: state.account.id.as_ref().filter(|_| !state.view.redact).map(ToString::to_string),
        code: &quota.code,
        name: &quota.name,
        applied: quota.applied,
        default: quota.default,
        models,
        endpoints: drawing.iter().map(|endpoint| names::id(state, &endpoint.id)).collect(),
        measured: measured.as_deref(),
        help: &help,
    });
    Some(state.redacted(&text).into_owned())
}

/// What asks for more: the command, or the page to ask on where there is none.
#[must_use]
pub fn increase_text(help: &Help) -> Option<String> {
    help.command.clone().or_else(|| help.page.clone())
}
