//! The quotas that govern a row, why it is these, and who shares them.

use crate::{
    app::subject::Subject as Numbers,
    domain::{
        daily::DayUse,
        increase::QuotaRequest,
        matching::Match,
        quota_name::{QuotaScope, decode},
        snapshot::{PoolQuota, PoolRow},
    },
    ui::{
        cells::Cell,
        names::Name,
        numbers::{UNKNOWN, WHICH_DAY, bounded, bounded_percent, day_parts, percent, short, short_or_unknown},
        text::{clean, width},
        theme::Tone,
        verdict::limit,
    },
};

use super::{Page, section::Section};

/// Members that are listed; the table has all.
const MEMBERS_AT_MOST: usize = 60;

impl Page<'_> {
    pub(super) fn limits(&self) -> Section {
        let mut section = Section::new("Limits");
        let quotas = self.subject.pool.map_or(&[][..], |pool| &pool.quotas);
        if quotas.is_empty() {
            section.text(self.why_no_quota(), Tone::Warn, self.room);
        }
        let governs = |quota: &&PoolQuota| self.subject.quota.is_some_and(|governing| governing.code == quota.code);
        let others = quotas.iter().filter(|quota| !governs(quota));
        for quota in quotas.iter().filter(governs).chain(others) {
            self.quota(quota, &mut section);
        }
        if !quotas.is_empty() {
            let text =
                "Priority, Standard and Flex share these: no quota's name has a tier. Reserved has its own capacity.";
            section.text(text, Tone::Dim, self.room);
        }
        section
    }

    fn quota(&self, quota: &PoolQuota, section: &mut Section) {
        let governs = self.subject.quota.is_some_and(|governing| governing.code == quota.code);
        let in_force =
            if quota.applied.is_some() { limit(quota) } else { format!("{UNKNOWN} {}", quota.metric.name()) };
        let (beside, tone) = match (quota.applied, quota.default) {
            (Some(0.0), _) => (" !! zero: every call is refused".to_owned(), Tone::Bad),
            (Some(applied), Some(default)) if applied < default => {
                (format!(", default {}: below default", short_or_unknown(Some(default))), Tone::Warn)
            }
            (_, Some(default)) => (format!(", default {}", short_or_unknown(Some(default))), Tone::Plain),
            (_, None) => (format!(", default {UNKNOWN}"), Tone::Plain),
        };
        let head = format!("  {in_force} in force{beside}");
        section.line(vec![(head, if governs && tone == Tone::Plain { Tone::Strong } else { tone })]);
        let adjustable = if quota.adjustable { "adjustable" } else { "not adjustable" };
        let account = &self.state.account;
        let request = match account.open_request(&quota.code) {
            Some(QuotaRequest { desired: Some(desired), .. }) => format!("a request for {} is open", short(*desired)),
            Some(_) => "a request is open".to_owned(),
            None if account.requests_at.is_some() => "no open request".to_owned(),
            None => "no open request known".to_owned(),
        };
        let shown = if governs { "shown in the table · " } else { "" };
        section.text(
            &format!("{} · {shown}{adjustable} · {request}", clean(quota.code.as_str())),
            Tone::Plain,
            self.room,
        );
        section.text(&use_of(quota), Tone::Plain, self.room);
        section.text(&matched(quota), if quota.matched == Match::One { Tone::Dim } else { Tone::Warn }, self.room);
        section.text(&clean(&quota.name), Tone::Dim, self.room);
    }

    /// Evidence for there being none.
    fn why_no_quota(&self) -> &'static str {
        let endpoint = self.subject.members.first().map(|row| &row.endpoint);
        match (&self.state.account.quotas, endpoint) {
            (None, _) => "Unknown: the quotas have not been read.",
            (_, Some(endpoint)) if endpoint.model.is_none() => {
                "Unknown: the model behind it is not known, so no quota's name can be its own."
            }
            (_, Some(endpoint)) if endpoint.scope.is_none() => {
                "Unknown: the profile that it was copied from is not certain, so neither is its quota."
            }
            _ => {
                "Unknown: no quota's name means this model in this scope. Names are compared word by word, never by likeness."
            }
        }
    }

    /// Who shares the pool: all members of a pool of several.
    pub(super) fn pool(&self) -> Option<Section> {
        let pool = self.subject.pool.filter(|pool| pool.members.len() > 1)?;
        let mut section = Section::new(format!("Pool: {} endpoints share these limits", pool.members.len()));
        let for_name = self.room.saturating_sub(25);
        let gap = " ".repeat(for_name.saturating_sub(4));
        section.line(vec![(format!("  name{gap}   use5m    RPM refused"), Tone::Dim)]);
        for index in pool.members.iter().take(MEMBERS_AT_MOST) {
            section.lines_of_member(self, pool, *index, for_name);
        }
        if pool.members.len() > MEMBERS_AT_MOST {
            section.text(
                &format!("and {} more in the table", pool.members.len() - MEMBERS_AT_MOST),
                Tone::Dim,
                self.room,
            );
        }
        Some(section)
    }
}

impl Section {
    fn lines_of_member(&mut self, page: &Page<'_>, pool: &PoolRow, index: usize, for_name: usize) {
        let Some(row) = page.subject.snapshot.endpoints.get(index) else { return };
        let (name, rest) = Name::of_member(row).fit(for_name, &page.theme.say("…"));
        let used = Numbers::Member(pool, row).used().map(|(used, bound)| bounded_percent(used, bound));
        let refused = Numbers::Member(pool, row).refused_percent(page.subject.snapshot);
        let is_refused = refused.is_some_and(|share| share > 0.0);
        let refused = refused.map_or_else(|| UNKNOWN.to_owned(), percent);
        let numbers = format!(
            "   {:>5} {:>6} {refused:>7}",
            used.unwrap_or_else(|| UNKNOWN.to_owned()),
            short_or_unknown(row.rpm_now)
        );
        let is_this =
            pool.members.len() > 1 && page.subject.endpoint.is_some_and(|this| this.endpoint.id == row.endpoint.id);
        let beside = if rest.is_empty() { String::new() } else { format!(" {rest}") };
        let blank = " ".repeat(for_name.saturating_sub(width(&name) + width(&beside)));
        let mut line: Cell = vec![("  ".to_owned(), Tone::Plain)];
        line.extend([
            (name, if is_this { Tone::Strong } else { Tone::Plain }),
            (beside, Tone::Dim),
            (blank, Tone::Plain),
        ]);
        line.push((numbers, if is_refused { Tone::Bad } else { Tone::Plain }));
        self.line(line);
    }
}

/// `used 1.7M: 87%; peak 1.9M: 97% at 03:06Z; headroom 13%`. Without a percentage where the limit is zero, or not certain.
fn use_of(quota: &PoolQuota) -> String {
    let usage = &quota.usage;
    if let Some(day) = &quota.day {
        return day_of(quota, day);
    }
    let share = |percent: Option<f64>, bound| {
        percent.map_or_else(String::new, |percent| format!(": {}", bounded_percent(percent, bound)))
    };
    let used = share(quota.used_percent(), usage.now_bound);
    let peak = share(quota.peak_percent, usage.peak_bound);
    let at = usage.peak_at.filter(|_| usage.peak > Some(0.0));
    let at = at.map_or_else(String::new, |minute| format!(" at {minute}"));
    // What is left is at most that where the use is at least that.
    let left = usage.now_bound.of_the_rest();
    let headroom = quota
        .headroom_percent
        .map_or_else(String::new, |headroom| format!("; headroom {}", bounded_percent(headroom.max(0.0), left)));
    format!(
        "used {}{used}; peak {}{peak}{at}{headroom}",
        bounded(usage.used_now, usage.now_bound, usize::MAX),
        bounded(usage.peak, usage.peak_bound, usize::MAX),
    )
}

/// `24 h 1.2B (20%) · since 00:00Z 671M (12%): everybody's who shares it; AWS does not say which of them counts`.
fn day_of(quota: &PoolQuota, day: &DayUse) -> String {
    let certain = quota.applied.filter(|_| quota.headroom_percent.is_some());
    format!("{}: everybody's who shares it; {WHICH_DAY}", day_parts(day, certain))
}

/// Why a quota is the pool's.
fn matched(quota: &PoolQuota) -> String {
    let decoded = decode(&quota.name);
    let scope = scope_name(decoded.scope);
    let label =
        decoded.label.map_or_else(|| "its name".to_owned(), |label| format!("\"{}\" in its name", clean(label)));
    match &quota.matched {
        Match::One => format!("matched: {label} means this model and no other; scope {scope}"),
        Match::Ambiguous { candidates } => {
            let candidates: Vec<String> = candidates.iter().map(|candidate| clean(candidate)).collect();
            format!("? ambiguous: {label} fits {}; so no percentage is shown", candidates.join(", "))
        }
        Match::Unknown | Match::NotInference => "? no certain match: its name means no model that is listed".to_owned(),
    }
}

fn scope_name(scope: QuotaScope) -> &'static str {
    match scope {
        QuotaScope::InRegion => "in-Region calls",
        QuotaScope::Geo => "geographic profiles",
        QuotaScope::Global => "global profiles",
        QuotaScope::InRegionAndGeo => "in-Region calls and geographic profiles, doubled for these",
        QuotaScope::LatencyOptimized => "latency-optimised calls",
        QuotaScope::Mantle => "bedrock-mantle",
        QuotaScope::CustomDeployment => "custom deployments",
        QuotaScope::Provisioned => "Provisioned Throughput",
        QuotaScope::Profiles => "inference profiles",
        QuotaScope::Account => "the account",
        QuotaScope::Other => "nothing of inference",
    }
}
