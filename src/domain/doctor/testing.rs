//! An account for the tests of checks: its lists, its calls by the minute and what was asked, reckoned as a real one is.

use std::{collections::BTreeMap, ops::Range};

use jiff::Timestamp;

use super::{
    Check,
    facts::{Asked, Facts, Sight},
    finding::{Finding, Outcome, Status},
    questions::Questions,
};
use crate::domain::{
    burndown::Burndown,
    catalog::{Catalog, LifecycleDates, Listing, Model, Profile},
    discovery::Discovery,
    fault::{Fault, FaultKind, Source},
    governing::GoverningQuotas,
    ids::{AccountId, Region},
    increase::QuotaRequest,
    matching::Pins,
    metric::{Answer, Listed, Metric, Namespace, Part, Poll, Query, ResultStatus, SeriesKey, Stat},
    minute::{Minute, Span},
    quota::{Quota, QuotaTable},
    reckoning::{Known, Tags, models_to_match, snapshot},
    snapshot::Provenance,
    store::Store,
    usual::History,
    watch::Watch,
};

/// Minutes of the window.
pub const WINDOW: i64 = 90;

/// Calls of one minute.
#[derive(Debug, Clone, Copy, Default)]
pub struct PerMinute {
    pub succeed: f64,
    pub fail: f64,
    pub throttled: f64,
}

pub const SUCCEED: PerMinute = PerMinute { succeed: 10.0, fail: 0.0, throttled: 0.0 };
pub const FAIL: PerMinute = PerMinute { succeed: 0.0, fail: 10.0, throttled: 0.0 };
pub const THROTTLED: PerMinute = PerMinute { succeed: 0.0, fail: 0.0, throttled: 10.0 };

/// An account.
pub struct Fixture {
    pub region: Region,
    pub provenance: Provenance,
    pub listing: Listing,
    pub table: Option<QuotaTable>,
    pub watch: Watch,
    pub requests: Vec<QuotaRequest>,
    pub questions: Questions,
    pub asked: Asked,
    pub sights: BTreeMap<Source, Sight>,
    pub discovery: Discovery,
    pub calls: Vec<(String, Range<i64>, PerMinute)>,
}

/// When it is looked at.
pub fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// A model that is called by its own id.
pub fn model(id: &str, name: &str) -> Model {
    Model {
        id: id.into(),
        arn: format!("arn:aws:bedrock:us-east-1::foundation-model/{id}").into(),
        name: name.into(),
        provider: id.split('.').next().unwrap().into(),
        lifecycle: Some("ACTIVE".into()),
        dates: LifecycleDates::default(),
        inference_types: vec!["ON_DEMAND".into()],
    }
}

/// A model that is called through profiles alone.
pub fn profile_only(id: &str, name: &str) -> Model {
    Model { inference_types: vec!["INFERENCE_PROFILE".into()], ..model(id, name) }
}

/// A system profile of a model.
pub fn profile(id: &str) -> Profile {
    let (prefix, model) = id.split_once('.').unwrap();
    let regions: &[&str] = if prefix == "global" { &["", "us-east-1"] } else { &["us-east-1", "us-west-2"] };
    Profile {
        id: id.into(),
        arn: format!("arn:aws:bedrock:us-east-1:1:inference-profile/{id}").into(),
        name: id.into(),
        kind: "SYSTEM_DEFINED".into(),
        models: regions.iter().map(|r| format!("arn:aws:bedrock:{r}::foundation-model/{model}").into()).collect(),
    }
}

/// A quota by name, value in force and default.
pub fn quota(code: &str, name: &str, applied: f64, default: f64) -> Quota {
    Quota {
        code: code.into(),
        name: name.to_owned(),
        applied: Some(applied),
        default: Some(default),
        adjustable: true,
        error: None,
        default_error: None,
    }
}

/// A call that went wrong.
pub fn fault(source: Source, kind: FaultKind, action: &str) -> Fault {
    Fault {
        source,
        kind,
        action: Some(action.to_owned()),
        message: "What AWS said.".to_owned(),
        next_step: "Do this.".to_owned(),
    }
}

impl Fixture {
    /// Claude Sonnet 5 and Nova Lite, called by profiles and by its own id, every quota at its default, and no calls.
    pub fn new() -> Self {
        let listing = Listing {
            models: vec![
                profile_only("anthropic.claude-sonnet-5", "Claude Sonnet 5"),
                model("amazon.nova-lite-v1:0", "Nova Lite"),
                model("amazon.nova-pro-v1:0", "Nova Pro"),
            ],
            profiles: vec![profile("us.anthropic.claude-sonnet-5"), profile("global.anthropic.claude-sonnet-5")],
        };
        let tokens = "model inference tokens per minute for";
        let table = QuotaTable {
            quotas: vec![
                quota("L-GEO", &format!("Cross-region {tokens} Anthropic Claude Sonnet 5"), 5e6, 5e6),
                quota("L-GLOBAL", &format!("Global cross-region {tokens} Anthropic Claude Sonnet 5"), 5e6, 5e6),
                quota("L-NOVA", &format!("On-demand {tokens} Amazon Nova Lite"), 4e6, 4e6),
                quota("L-PRO", &format!("On-demand {tokens} Amazon Nova Pro"), 1e6, 1e6),
                quota("L-UNITS", "Model units per provisioned model for Amazon Nova Lite", 0.0, 0.0),
                quota("L-BATCH", "Records per batch inference job for Nova Lite", 100.0, 100.0),
            ],
            applied_listed: true,
            defaults_listed: true,
        };
        let seen = Sight { answered: true, ..Sight::default() };
        Self {
            region: "us-east-1".into(),
            provenance: Provenance::Live,
            listing,
            table: Some(table),
            watch: Watch::default(),
            requests: Vec::new(),
            questions: Questions::default(),
            asked: Asked::default(),
            sights: Source::ALL.into_iter().map(|source| (source, seen.clone())).collect(),
            discovery: Discovery::default(),
            calls: Vec::new(),
        }
    }

    /// With calls of an id in every minute of the window.
    pub fn calls(self, id: &str, calls: PerMinute) -> Self {
        self.calls_in(id, 0..WINDOW, calls)
    }

    /// With calls of an id in some minutes of the window.
    pub fn calls_in(mut self, id: &str, minutes: Range<i64>, calls: PerMinute) -> Self {
        self.list(id, calls, true);
        self.calls.push((id.to_owned(), minutes, calls));
        self
    }

    /// With calls of an id some days ago.
    pub fn called_once(mut self, id: &str, calls: PerMinute) -> Self {
        self.list(id, calls, false);
        self
    }

    fn list(&mut self, id: &str, calls: PerMinute, recently: bool) {
        let mut metrics: Vec<Metric> = Vec::new();
        for (count, listed) in [
            (calls.succeed, &[Metric::Invocations, Metric::OutputTokenCount, Metric::EstimatedTpmQuotaUsage][..]),
            (calls.fail, &[Metric::InvocationClientErrors]),
            (calls.throttled, &[Metric::InvocationThrottles]),
        ] {
            metrics.extend(listed.iter().copied().filter(|_| count > 0.0));
        }
        // A recent listing names all that is alive.
        let before = self.discovery.active().iter().map(|meter| meter.endpoint.to_string()).collect::<Vec<_>>();
        let alive = before.iter().map(|id| listed_as(id, Metric::Invocations));
        let all: Vec<Listed> =
            metrics.iter().map(|metric| listed_as(id, *metric)).chain(alive.filter(|_| recently)).collect();
        self.discovery.apply(Namespace::Bedrock, recently, &all);
    }

    /// Asked about an id.
    pub fn asking(mut self, id: &str) -> Self {
        self.asked.model = Some(id.to_owned());
        self
    }

    /// With another value in force.
    pub fn applied(mut self, code: &str, value: f64) -> Self {
        let table = self.table.as_mut().unwrap();
        table.quotas.iter_mut().find(|quota| quota.code.as_str() == code).unwrap().applied = Some(value);
        self
    }

    /// With nearly all quotas of on-demand calls at 0: thirty more of them, and one that is only reduced.
    pub fn blocked(mut self) -> Self {
        let table = self.table.as_mut().unwrap();
        for quota in table.quotas.iter_mut().filter(|quota| quota.code.as_str() != "L-BATCH") {
            quota.applied = Some(0.0);
        }
        table.quotas.extend((0..30).map(|at| {
            let name = format!("On-demand model inference tokens per minute for Other {at}");
            Quota { adjustable: false, ..quota(&format!("L-Z{at}"), &name, 0.0, 1e6) }
        }));
        table.quotas.push(quota("L-JAMBA", "On-demand model inference tokens per minute for Jamba", 3e3, 3e5));
        self
    }

    /// With a source that fails and has never answered.
    pub fn failing(mut self, source: Source, kind: FaultKind, action: &str) -> Self {
        self.sights.insert(source, Sight { fault: Some(fault(source, kind, action)), ..Sight::default() });
        self
    }

    /// With models as changed.
    pub fn with_model(mut self, id: &str, change: impl FnOnce(&mut Model)) -> Self {
        change(self.listing.models.iter_mut().find(|model| model.id.as_str() == id).unwrap());
        self
    }

    /// What a check says of it.
    pub fn examine(&self, check: &dyn Check) -> Outcome {
        self.facts(|facts| {
            let outcome = check.examine(facts);
            let (any, stays) =
                (!outcome.findings.is_empty(), outcome.findings.iter().all(|f| facts.concerns(&f.subject)));
            assert!(!any || stays, "a finding about something else than was asked: {outcome:#?}");
            outcome
        })
    }

    /// The one finding of a check.
    pub fn finding(&self, check: &dyn Check) -> Finding {
        let outcome = self.examine(check);
        assert_eq!(outcome.status, Status::Finding, "{outcome:#?}");
        let [finding] = outcome.findings.as_slice() else { panic!("{outcome:#?}") };
        finding.clone()
    }

    /// Asserts that a check passes.
    pub fn passes(&self, check: &dyn Check) {
        let outcome = self.examine(check);
        assert_eq!((outcome.status, outcome.findings.len()), (Status::Passed, 0), "{outcome:#?}");
    }

    /// Looks at it.
    pub fn facts<T>(&self, look: impl FnOnce(&Facts<'_>) -> T) -> T {
        let catalog = Catalog::new(&self.listing);
        let active = self.discovery.active().clone();
        let models = models_to_match(&catalog, &active);
        let empty = QuotaTable::default();
        let governing =
            GoverningQuotas::new(self.table.as_ref().unwrap_or(&empty), &catalog, &models, &Pins::default());
        let (store, tags, history, burndown) =
            (self.store(), Tags::default(), History::default(), Burndown::built_in());
        let account = AccountId::from("111122223333");
        let known = Known {
            region: &self.region,
            account: Some(&account),
            provenance: self.provenance,
            catalog: &catalog,
            tags: &tags,
            discovery: &self.discovery,
            active: &active,
            store: &store,
            history: &history,
            quotas: self.table.as_ref(),
            quotas_checked_at: self.table.as_ref().map(|_| now()),
            governing: &governing,
            requests: &self.requests,
            watch: &self.watch,
            burndown: &burndown,
            faults: &[],
            window_minutes: WINDOW,
            now: now(),
        };
        let snapshot = snapshot(&known);
        look(&Facts::new(known, &snapshot, &self.sights, &self.questions, &self.asked))
    }

    fn store(&self) -> Store {
        let mut store = Store::default();
        let span = Span::ending(Minute::of(now()) - 5, WINDOW);
        let mut answers = Vec::new();
        for meter in self.discovery.active() {
            let id = meter.endpoint.as_str();
            let per_minute = |at: i64| {
                let now = self.calls.iter().filter(|(of, minutes, _)| of == id && minutes.contains(&at));
                now.fold(PerMinute::default(), |sum, (_, _, calls)| PerMinute {
                    succeed: sum.succeed + calls.succeed,
                    fail: sum.fail + calls.fail,
                    throttled: sum.throttled + calls.throttled,
                })
            };
            for (metric, of) in counted() {
                let values = (0..WINDOW).map(|at| (span.first + at, of(per_minute(at))));
                let points = values.filter(|(_, value)| *value > 0.0).collect();
                let query = Query {
                    key: key(id, metric),
                    name: metric.name(Namespace::Bedrock).unwrap().into(),
                    stat: Stat::Sum,
                    period_minutes: 1,
                };
                answers.push(Answer { query, status: ResultStatus::Complete, points });
            }
        }
        store.apply(&Poll { span, settles: true, asked_at: now(), answers });
        store
    }
}

/// What a metric counts of a minute's calls.
type Count = fn(PerMinute) -> f64;

fn counted() -> [(Metric, Count); 7] {
    [
        // Errors are counted in, as some accounts show them.
        (Metric::Invocations, |calls| calls.succeed + calls.fail),
        (Metric::InvocationThrottles, |calls| calls.throttled),
        (Metric::InvocationClientErrors, |calls| calls.fail),
        (Metric::InvocationServerErrors, |_| 0.0),
        (Metric::InputTokenCount, |calls| calls.succeed * 100.0),
        (Metric::OutputTokenCount, |calls| calls.succeed * 10.0),
        (Metric::EstimatedTpmQuotaUsage, |calls| calls.succeed * 200.0),
    ]
}

fn key(id: &str, metric: Metric) -> SeriesKey {
    SeriesKey { namespace: Namespace::Bedrock, metric, part: Part::Endpoint(id.into()) }
}

fn listed_as(id: &str, metric: Metric) -> Listed {
    Listed { key: key(id, metric), name: metric.name(Namespace::Bedrock).unwrap().into() }
}
