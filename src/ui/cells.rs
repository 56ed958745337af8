//! What stands in each cell of the table: one small function per column. Unknown is `—`, never 0; a pool of several has sums and no percentiles.

use crate::{
    app::{
        filter::parse,
        sort::SortKey,
        state::{Row, State, Trouble},
        subject,
        view::RowId,
    },
    domain::{
        cost::{Cost, CostBasis},
        matching::Match,
        minute::Minute,
        snapshot::{Bound, EndpointRow, Latency, NEAR_LIMIT_PERCENT, PoolQuota, PoolRow, Snapshot, TierUse},
        tier::Tier,
    },
};

use super::{
    names::{Name, found},
    numbers::{UNKNOWN, bounded, bounded_percent, difference, percent, seconds, short_dollars, short_or_unknown},
    strip::{Mark, squeeze},
    text::width,
    theme::{Theme, Tone},
    verdict::limit as limit_text,
};

/// A cell: pieces of text, each with its tone.
pub type Cell = Vec<(String, Tone)>;

/// What a row is about.
pub struct Subject<'a> {
    /// The theme: ASCII changes widths.
    pub theme: &'a Theme,
    /// What is known.
    pub snapshot: &'a Snapshot,
    /// The row.
    pub row: &'a Row,
    /// Its pool; None for an idle endpoint.
    pub pool: Option<&'a PoolRow>,
    /// Its endpoint; None for a pool of several.
    pub endpoint: Option<&'a EndpointRow>,
    /// The endpoints that its numbers come from.
    pub members: Vec<&'a EndpointRow>,
    /// The quota that it shows; None where none is certain.
    pub quota: Option<&'a PoolQuota>,
    /// Whether quotas are still being read for the first time.
    pub awaits_quotas: bool,
    /// The pool's trouble.
    pub trouble: Trouble,
    /// What the filter looks for in names.
    pub words: Vec<String>,
}

/// What kind of row it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pool,
    Member,
    Idle,
}

impl<'a> Subject<'a> {
    /// What the row is about.
    #[must_use]
    pub fn new(state: &'a State, row: &'a Row, theme: &'a Theme) -> Self {
        let snapshot = &*state.snapshot;
        let pool = row.pool.and_then(|index| snapshot.pools.get(index));
        let endpoint = row.endpoint.and_then(|index| snapshot.endpoints.get(index));
        let members = match (endpoint, pool) {
            (Some(endpoint), _) => vec![endpoint],
            (None, Some(pool)) => pool.members.iter().filter_map(|index| snapshot.endpoints.get(*index)).collect(),
            (None, None) => vec![],
        };
        let trouble = pool.map_or(Trouble::None, |pool| Trouble::of(pool, snapshot));
        let words = parse(&state.view.filter.text).words().map(str::to_owned).collect();
        let (quota, awaits_quotas) = (pool.and_then(PoolRow::governing_quota), state.awaits_quotas());
        Self { theme, snapshot, row, pool, endpoint, members, quota, awaits_quotas, trouble, words }
    }

    /// Its numbers as sorting and filtering read them.
    fn about(&self) -> Option<subject::Subject<'a>> {
        Some(match (self.kind(), self.pool, self.endpoint) {
            (Kind::Idle, _, Some(row)) => subject::Subject::Idle(row),
            (Kind::Member, Some(pool), Some(row)) => subject::Subject::Member(pool, row),
            (Kind::Pool, Some(pool), endpoint) => subject::Subject::Pool(pool, endpoint),
            _ => return None,
        })
    }

    fn kind(&self) -> Kind {
        match self.row.id {
            RowId::Pool(_) => Kind::Pool,
            RowId::Member(..) => Kind::Member,
            RowId::Idle(_) => Kind::Idle,
        }
    }

    /// Whether it is an endpoint without traffic: drawn dim.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.kind() == Kind::Idle
    }
}

fn one(text: impl Into<String>, tone: Tone) -> Cell {
    vec![(text.into(), tone)]
}

fn blank() -> Cell {
    Vec::new()
}

fn unknown() -> Cell {
    one(UNKNOWN, Tone::Dim)
}

fn known(text: String, tone: Tone) -> Cell {
    if text == UNKNOWN { unknown() } else { one(text, tone) }
}

/// `!!`, `!`, `?`: how bad the pool's trouble is.
pub(super) fn mark(subject: &Subject, _: usize) -> Cell {
    if subject.kind() != Kind::Pool {
        return blank();
    }
    let unknown =
        || subject.quota.is_none_or(|quota| quota.used_percent().is_none()) || refused_known(subject).is_none();
    match subject.trouble {
        Trouble::Throttled | Trouble::ZeroQuota => one("!!", Tone::Bad),
        Trouble::ServerErrors | Trouble::NearLimit | Trouble::Slow | Trouble::OtherTier => one("!", Tone::Warn),
        Trouble::None if unknown() => one("?", Tone::Warn),
        Trouble::None => blank(),
    }
}

pub(super) fn name(subject: &Subject, cells: usize) -> Cell {
    let tree = match (subject.kind(), subject.row.last_member) {
        (Kind::Member, false) => "├ ",
        (Kind::Member, true) => "└ ",
        _ => "",
    };
    let tree = subject.theme.say(tree);
    let name = match (subject.kind(), subject.pool, subject.endpoint) {
        (Kind::Member, _, Some(row)) => Name::of_member(row),
        (Kind::Pool, Some(pool), _) => Name::of_pool(pool, subject.snapshot),
        (_, _, Some(row)) => Name::of_endpoint(row),
        _ => Name::default(),
    };
    let (name, rest) = name.fit(cells.saturating_sub(width(&tree)), &subject.theme.say("…"));
    let tone =
        if subject.kind() == Kind::Pool && subject.trouble != Trouble::None { Tone::Strong } else { Tone::Plain };
    let gap = if rest.is_empty() { "" } else { " " };
    let marked = |text: &str, tone: Tone| {
        let pieces = found(text, &subject.words).into_iter();
        pieces.map(move |(piece, is_found)| (piece, if is_found { Tone::Found } else { tone })).collect::<Vec<_>>()
    };
    let mut cell = vec![(tree.into_owned(), Tone::Dim)];
    cell.extend(marked(&name, tone));
    cell.extend(marked(&format!("{gap}{rest}"), Tone::Dim));
    cell
}

/// The share of the limit that is used now: the pool's, or a member's own part of it.
pub(super) fn used(subject: &Subject, _: usize) -> Cell {
    let Some(quota) = subject.quota else {
        return if subject.is_idle() { one("idle", Tone::Dim) } else { unknown() };
    };
    if quota.is_zero() {
        return if subject.kind() == Kind::Pool { one("0 quota", Tone::Bad) } else { blank() };
    }
    let share = subject.about().and_then(subject::Subject::used);
    share.map_or_else(unknown, |(used, bound)| one(bounded_percent(used, bound), closeness(used)))
}

fn closeness(percent: f64) -> Tone {
    match percent {
        p if p >= 95.0 => Tone::Bad,
        p if p >= NEAR_LIMIT_PERCENT => Tone::Warn,
        _ => Tone::Plain,
    }
}

pub(super) fn peak(subject: &Subject, _: usize) -> Cell {
    peak_text(subject).map_or_else(|| no_peak(subject), |(text, _, tone)| one(text, tone))
}

pub(super) fn peak_and_time(subject: &Subject, cells: usize) -> Cell {
    let Some((text, at, tone)) = peak_text(subject) else { return no_peak(subject) };
    let room = cells.saturating_sub(width(&subject.theme.say(&text)));
    if at.len() < room { vec![(text, tone), (format!(" {at}"), Tone::Dim)] } else { one(text, tone) }
}

fn peak_text(subject: &Subject) -> Option<(String, String, Tone)> {
    let quota = subject.quota.filter(|quota| subject.kind() == Kind::Pool && !quota.is_zero())?;
    let peak = quota.peak_percent?;
    let at = quota.usage.peak_at.map(|minute| minute.to_string().trim_end_matches('Z').to_owned());
    Some((bounded_percent(peak, quota.usage.peak_bound), at.unwrap_or_default(), closeness(peak)))
}

fn no_peak(subject: &Subject) -> Cell {
    let is_zero = subject.quota.is_some_and(PoolQuota::is_zero);
    if subject.kind() == Kind::Pool && !is_zero { unknown() } else { blank() }
}

pub(super) fn limit(subject: &Subject, _: usize) -> Cell {
    match (subject.kind(), subject.quota) {
        (Kind::Member | Kind::Idle, _) => blank(),
        (Kind::Pool, Some(quota)) if quota.is_zero() => one(limit_text(quota), Tone::Bad),
        (Kind::Pool, Some(quota)) if quota.applied.is_some() => one(limit_text(quota), Tone::Plain),
        (Kind::Pool, _) if subject.awaits_quotas => one("reading…", Tone::Dim),
        (Kind::Pool, None) if is_ambiguous(subject) => one("ambiguous", Tone::Warn),
        (Kind::Pool, _) => one("unknown", Tone::Dim),
    }
}

fn is_ambiguous(subject: &Subject) -> bool {
    let ambiguous = |quota: &PoolQuota| matches!(quota.matched, Match::Ambiguous { .. });
    subject.pool.is_some_and(|pool| pool.quotas.iter().any(ambiguous))
}

pub(super) fn strip(subject: &Subject, cells: usize) -> Cell {
    let (usage, refused) = match (subject.kind(), subject.pool, subject.endpoint) {
        (Kind::Idle, ..) => return blank(),
        (Kind::Member, _, Some(row)) => (&row.usage, &row.refused),
        (_, Some(pool), _) => (&pool.usage, &pool.refused),
        _ => return blank(),
    };
    let token_quota = subject.pool.and_then(PoolRow::token_quota).and_then(|quota| quota.applied);
    let marks = squeeze(&usage.strip, refused, token_quota, cells);
    let glyph = |mark: Mark| (mark.glyph(subject.theme.ascii).to_string(), strip_tone(mark, token_quota.is_some()));
    let missing = (" ".repeat(cells.saturating_sub(marks.len())), Tone::Dim);
    std::iter::once(missing).chain(marks.into_iter().map(glyph)).collect()
}

fn strip_tone(mark: Mark, has_limit: bool) -> Tone {
    match mark {
        Mark::Refused => Tone::Bad,
        Mark::Level(7..) if has_limit => Tone::Warn,
        Mark::Level(_) if has_limit => Tone::Accent,
        Mark::Level(_) | Mark::Unknown => Tone::Dim,
    }
}

/// A count or rate as sorting and filtering read it: `≥` where it is a lower bound, of which "at least nothing" says nothing.
fn count(subject: &Subject, key: SortKey, cells: usize) -> Cell {
    if subject.is_idle() {
        return blank();
    }
    // In ASCII the mark takes two.
    let cells = cells.saturating_sub(usize::from(subject.theme.ascii));
    let number = subject.about().and_then(|about| about.number(key, subject.snapshot));
    match number.filter(|(number, bound)| *bound == Bound::Exact || *number > 0.0) {
        Some((number, bound)) => known(bounded(Some(number), bound, cells), Tone::Plain),
        None => unknown(),
    }
}

pub(super) fn rpm(subject: &Subject, cells: usize) -> Cell {
    count(subject, SortKey::Requests, cells)
}

pub(super) fn tpm(subject: &Subject, cells: usize) -> Cell {
    count(subject, SortKey::Tokens, cells)
}

pub(super) fn in_flight(subject: &Subject, cells: usize) -> Cell {
    count(subject, SortKey::InFlight, cells)
}

pub(super) fn input_tokens(subject: &Subject, cells: usize) -> Cell {
    count(subject, SortKey::Input, cells)
}

pub(super) fn output_tokens(subject: &Subject, cells: usize) -> Cell {
    count(subject, SortKey::Output, cells)
}

pub(super) fn cached_tokens(subject: &Subject, cells: usize) -> Cell {
    count(subject, SortKey::Cached, cells)
}

fn refused_known(subject: &Subject) -> Option<f64> {
    subject.about()?.refused_percent(subject.snapshot)
}

pub(super) fn throttled(subject: &Subject, _: usize) -> Cell {
    match refused_known(subject) {
        _ if subject.is_idle() => blank(),
        None => unknown(),
        Some(refused) if refused > 0.0 => one(percent(refused), Tone::Bad),
        Some(_) => one("0", Tone::Plain),
    }
}

pub(super) fn server_errors(subject: &Subject, cells: usize) -> Cell {
    let now = subject.members.iter().any(|row| row.server_errors_now.is_some_and(|count| count > 0.0));
    errors(count(subject, SortKey::ServerErrors, cells), if now { Tone::Bad } else { Tone::Warn })
}

pub(super) fn client_errors(subject: &Subject, cells: usize) -> Cell {
    errors(count(subject, SortKey::ClientErrors, cells), Tone::Warn)
}

fn errors(cell: Cell, tone: Tone) -> Cell {
    cell.into_iter()
        .map(|(text, usual)| if text == "0" || text == UNKNOWN { (text, usual) } else { (text, tone) })
        .collect()
}

pub(super) fn ttft(subject: &Subject, _: usize) -> Cell {
    latency_cell(subject, |row| row.ttft_recent, |latency| latency.p50)
}

pub(super) fn ttft_p90(subject: &Subject, _: usize) -> Cell {
    latency_cell(subject, |row| row.ttft_recent, |latency| latency.p90)
}

pub(super) fn latency_p50(subject: &Subject, _: usize) -> Cell {
    latency_cell(subject, |row| row.latency_recent, |latency| latency.p50)
}

pub(super) fn latency_p99(subject: &Subject, _: usize) -> Cell {
    latency_cell(subject, |row| row.latency_recent, |latency| latency.p99)
}

pub(super) fn latency(subject: &Subject, _: usize) -> Cell {
    latency_cell(subject, |row| row.latency_recent, |latency| latency.p90)
}

type Recent = Option<(Minute, Latency)>;

/// Percentiles cannot be merged: a pool of several has none. Thin ones are dim and marked `~`.
fn latency_cell(subject: &Subject, recent: fn(&EndpointRow) -> Recent, number: fn(&Latency) -> Option<f64>) -> Cell {
    if subject.is_idle() {
        return blank();
    }
    let Some((_, latency)) = subject.endpoint.and_then(recent) else { return unknown() };
    let Some(milliseconds) = number(&latency) else { return unknown() };
    match latency.is_thin() {
        Some(true) => one(format!("~{}", seconds(milliseconds).trim_start_matches('<')), Tone::Dim),
        _ => known(seconds(milliseconds), Tone::Plain),
    }
}

/// Latency against usual. Percentiles cannot be merged: a pool of several has none.
pub(super) fn vs_usual(subject: &Subject, _: usize) -> Cell {
    let Some((row, percent)) = subject.endpoint.and_then(|row| Some((row, row.vs_usual_percent?))) else {
        return if subject.is_idle() { blank() } else { unknown() };
    };
    let thin = row.latency_recent.and_then(|(_, latency)| latency.is_thin()) == Some(true);
    let tone = if row.is_slow() { Tone::Warn } else { Tone::Plain };
    let text = difference(percent);
    match thin {
        false => known(text, tone),
        // Where there is no room for mark and sign, a number without a sign is above.
        true if text.len() > 4 => one(format!("~{}", text.trim_start_matches('+')), Tone::Dim),
        true => one(format!("~{text}"), Tone::Dim),
    }
}

/// Dollars an hour at list price.
pub(super) fn cost(subject: &Subject, _: usize) -> Cell {
    match subject.about().and_then(subject::Subject::cost) {
        _ if subject.is_idle() => blank(),
        None => unknown(),
        Some(cost) => one(cost_text(&cost), Tone::Plain),
    }
}

/// `$0.45`; `~$0.45` where the tier is assumed or the tokens are split; `$0.45+R` where Reserved served beside, which is prepaid.
#[must_use]
pub fn cost_text(cost: &Cost) -> String {
    let usd = cost.usd_per_hour.approximately();
    let about = if cost.basis == CostBasis::Served { "" } else { "~" };
    match cost.reserved_beside {
        true if usd == 0.0 => "+R".to_owned(),
        true => format!("{about}{}+R", short_dollars(usd)),
        false => format!("{about}{}", short_dollars(usd)),
    }
}

pub(super) fn tokens_per_second(subject: &Subject, _: usize) -> Cell {
    match subject.endpoint {
        _ if subject.is_idle() => blank(),
        None => unknown(),
        Some(row) => known(short_or_unknown(row.tokens_per_second), Tone::Plain),
    }
}

/// `PSF`: the tiers that were asked for; `R>S` where another one served (`+` where there are others beside); `·` where none is reported.
pub(super) fn tiers(subject: &Subject, _: usize) -> Cell {
    let tiers: Vec<&TierUse> = subject.members.iter().flat_map(|row| &row.tiers).collect();
    let differing = tiers.iter().find_map(|tier| Some((tier, tier.other_tier()?)));
    match differing {
        _ if subject.is_idle() => blank(),
        _ if tiers.is_empty() => one("·", Tone::Dim),
        Some((tier, served)) => {
            let more = if tiers.len() > 1 { "+" } else { "" };
            one(format!("{}>{}{more}", tier.asked.letter(), served.letter()), Tone::Warn)
        }
        None => one(letters(&tiers), Tone::Plain),
    }
}

/// A pair's share in percent: of quota tokens, or else of requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Share<'a> {
    /// The tier that was asked for.
    pub asked: &'a Tier,
    /// The tier that served; None where it is not reported.
    pub served: Option<&'a Tier>,
    /// Of all pairs together.
    pub percent: f64,
}

/// Shares of asked → served pairs, the largest first, and whether they are of requests because quota tokens are not known; None where neither is, or
/// where nothing was used.
#[must_use]
pub fn shares<'a>(tiers: &[&'a TierUse]) -> Option<(Vec<Share<'a>>, bool)> {
    let shares = |number: fn(&TierUse) -> Option<f64>| {
        let all: f64 = tiers.iter().map(|tier| number(tier)).sum::<Option<f64>>().filter(|all| *all > 0.0)?;
        let mut shares: Vec<Share> = Vec::new();
        for tier in tiers {
            let (asked, served) = (&tier.asked, tier.served.as_ref());
            let percent = 100.0 * number(tier)? / all;
            match shares.iter_mut().find(|share| (share.asked, share.served) == (asked, served)) {
                Some(share) => share.percent += percent,
                None => shares.push(Share { asked, served, percent }),
            }
        }
        shares.sort_by(|a, b| b.percent.total_cmp(&a.percent));
        Some(shares)
    };
    let tokens = shares(|tier| tier.quota_tokens).map(|shares| (shares, false));
    tokens.or_else(|| shares(|tier| tier.requests).map(|shares| (shares, true)))
}

/// `S62 F30 R>S8`: each pair's share.
pub(super) fn served(subject: &Subject, _: usize) -> Cell {
    let tiers: Vec<&TierUse> = subject.members.iter().flat_map(|row| &row.tiers).collect();
    if subject.is_idle() {
        return blank();
    }
    if tiers.is_empty() {
        return one("·", Tone::Dim);
    }
    let Some((shares, of_requests)) = shares(&tiers) else { return unknown() };
    let mut cell: Cell = if of_requests { vec![("#".to_owned(), Tone::Dim)] } else { blank() };
    for (at, share) in shares.iter().filter(|share| share.percent > 0.0).enumerate() {
        let gap = if at == 0 { "" } else { " " };
        let percent = percent(share.percent);
        let text = format!("{gap}{}{}", pair_letters(share.asked, share.served), percent.trim_end_matches('%'));
        let differs = share.served.is_some_and(|served| served != share.asked);
        cell.push((text, if differs { Tone::Warn } else { Tone::Plain }));
    }
    cell
}

/// `S`, or `R>S` where another tier served than the one that was asked for.
fn pair_letters(asked: &Tier, served: Option<&Tier>) -> String {
    match served.filter(|served| *served != asked) {
        Some(served) => format!("{}>{}", asked.letter(), served.letter()),
        None => asked.letter().to_string(),
    }
}

fn letters(tiers: &[&TierUse]) -> String {
    let mut asked: Vec<&Tier> = tiers.iter().map(|tier| &tier.asked).collect();
    asked.sort_unstable();
    let mut letters: Vec<char> = asked.into_iter().map(Tier::letter).collect();
    letters.dedup();
    letters.into_iter().collect()
}
