//! Sending: what is looked at before, and what is asked.

use super::{Exchange, REMEMBERED};
use crate::{
    app::{
        consent::{self, Consent},
        event::Effect,
        hands,
        state::State,
    },
    domain::{
        ids::{EndpointId, ModelId},
        max_output::MaxOutput,
        metric::Namespace,
        pricing::Prices,
        prompt::{
            answer::Answer,
            bill::Place,
            plan::{Ask, Plan},
        },
        race::{
            budget::{CallBound, Request, tokens_at_most},
            consent::{Consent as Say, PoolState, Sending},
        },
        snapshot::{Bound, PoolQuota, PoolRow},
        tier::Tier,
    },
};

/// Sends what is written, or asks before where it may sign an agreement.
pub(super) fn ask_to_send(state: &mut State, effects: &mut Vec<Effect>) {
    if state.prompting.read_only {
        return hands::say(
            state,
            "nothing is sent: read-only is on (--read-only or calls.read_only)".to_owned(),
            state.now,
        );
    }
    if state.prompting.running().is_some() {
        return hands::say(state, "a call is under way: Esc stops it".to_owned(), state.now);
    }
    let plan = match state.prompting.draft.plan() {
        Ok(plan) => plan,
        Err(why) => return hands::say(state, why, state.now),
    };
    if may_sign(state, &plan.endpoint) {
        let says = first_call(state, &plan).says;
        consent::ask(state, Consent::FirstCall { plan: Box::new(plan), says });
    } else {
        send_now(state, plan, effects);
    }
}

/// Sends a call.
pub(in crate::app) fn send_now(state: &mut State, plan: Plan, effects: &mut Vec<Effect>) {
    let prompting = &mut state.prompting;
    prompting.next += 1;
    let number = prompting.next;
    if prompting.sent.len() == REMEMBERED {
        prompting.sent.pop_front();
    }
    let answer = Answer::new(&plan);
    let sent_at = state.now;
    (state.prompting.shown, state.prompting.scroll, state.prompting.focus) = (None, None, None);
    let place = place(state, &plan.endpoint);
    effects.push(Effect::Send(number, Box::new(plan.clone())));
    state.prompting.sent.push_back(Exchange { number, plan, place, answer, sent_at });
}

/// What a call is billed by: as the catalog knows the endpoint, else by its id.
fn place(state: &State, endpoint: &EndpointId) -> Option<Place> {
    let region = &state.session.region;
    let known = state.account.catalog.resolve(Namespace::Bedrock, endpoint);
    let by_catalog = known.model.zip(known.scope).map(|(model, scope)| Place { model, scope, region: region.clone() });
    by_catalog.or_else(|| Place::of(endpoint, region, Prices::built_in()))
}

/// Whether it may be the account's first call of a third party's model: AWS says that there is no agreement, or nobody has called it in two weeks and AWS was not asked.
/// Amazon's own models need none.
fn may_sign(state: &State, endpoint: &EndpointId) -> bool {
    let Some(model) = state.model_named(endpoint.as_str()) else { return false };
    if model.as_str().starts_with("amazon.") {
        return false;
    }
    if let Some(availability) = state.doctor.questions.availability.get(&model).and_then(|reply| reply.known()) {
        return availability.agreement != "AVAILABLE";
    }
    !was_called(state, &model)
}

fn was_called(state: &State, model: &ModelId) -> bool {
    let metered = state.account.discovery.metered();
    metered
        .iter()
        .any(|meter| state.account.catalog.resolve(meter.namespace, &meter.endpoint).model.as_ref() == Some(model))
}

/// What is said before such a call: the most that it can cost, and the pool that it draws on.
fn first_call(state: &State, plan: &Plan) -> Say {
    let place = place(state, &plan.endpoint);
    let prices = Prices::built_in();
    let most = CallBound::of(&request(plan, place.as_ref()), |tier: &Tier| place.as_ref()?.price(tier, prices)).most;
    let pool = pool_state(pool_of(state, &plan.endpoint));
    Say::for_calls(Sending::FirstCall, 1, &most, &pool)
}

fn request(plan: &Plan, place: Option<&Place>) -> Request {
    let input = match &plan.ask {
        Ask::Text(question) => {
            let texts = [Some(question.prompt.as_str()), question.system.as_deref()];
            Some(tokens_at_most(texts.into_iter().flatten()))
        }
        Ask::Body(_) => None,
    };
    let longest = || {
        let model = place.map(|place| &place.model)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number of tokens of a table"
        )]
        MaxOutput::built_in().tokens(model).map(|tokens| tokens as u64)
    };
    Request {
        input,
        has_cache_points: false,
        max_tokens: plan.max_tokens().or_else(longest),
        tier: plan.tier.clone().unwrap_or(Tier::Standard),
    }
}

/// The pool that calls of an endpoint draw on, where it is alive.
#[must_use]
pub fn pool_of<'a>(state: &'a State, endpoint: &EndpointId) -> Option<&'a PoolRow> {
    let pool = state.account.catalog.resolve(Namespace::Bedrock, endpoint).pool;
    state.snapshot.pools.iter().find(|row| row.id == pool)
}

/// How it stands with a pool: use of the quota that it is shown against, and whether calls are refused.
#[must_use]
pub(in crate::app) fn pool_state(pool: Option<&PoolRow>) -> PoolState {
    let quota = pool.and_then(PoolRow::governing_quota);
    PoolState {
        used_percent: quota.and_then(PoolQuota::used_percent),
        bound: quota.map_or(Bound::Exact, |quota| quota.usage.now_bound),
        is_throttled: pool.map(|pool| pool.throttled_since.is_some()),
    }
}
