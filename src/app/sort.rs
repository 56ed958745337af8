//! The order of the rows: by class of trouble, or by a column.

use std::cmp::Ordering;

use crate::domain::{
    catalog::Scope,
    ids::PoolId,
    snapshot::{EndpointRow, PoolQuota, PoolRow, Snapshot},
};

use super::{state::Trouble, subject::Subject, view::ColumnSet};

/// What rows can be sorted by beside trouble: the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// Name.
    Name,
    /// Use now, in percent of the limit.
    Use,
    /// Worst minute of the window, in percent of the limit.
    Peak,
    /// The quota in force.
    Limit,
    /// Accepted requests per minute.
    Requests,
    /// Quota tokens per minute.
    Tokens,
    /// Calls in flight.
    InFlight,
    /// Share of attempts that is refused now.
    Throttled,
    /// 5xx in the window.
    ServerErrors,
    /// 4xx in the window.
    ClientErrors,
    /// Time to first token, median.
    FirstToken,
    /// Time to first token, 90th percentile.
    FirstTokenP90,
    /// Latency, median.
    LatencyP50,
    /// Latency, 90th percentile.
    Latency,
    /// Latency, 99th percentile.
    LatencyP99,
    /// Latency against usual.
    VsUsual,
    /// Output tokens per second.
    Speed,
    /// Input tokens in the window.
    Input,
    /// Output tokens in the window.
    Output,
    /// Tokens read from the cache in the window.
    Cached,
    /// Dollars an hour at list price.
    Cost,
}

/// The table's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Sort {
    /// The column; None sorts by trouble.
    pub by: Option<SortKey>,
    /// Whether the order is turned round.
    pub reversed: bool,
}

impl SortKey {
    /// Its name in a line of text and in filters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Use => "used",
            Self::Peak => "peak",
            Self::Limit => "limit",
            Self::Requests => "rpm",
            Self::Tokens => "tpm",
            Self::InFlight => "flight",
            Self::Throttled => "throttled",
            Self::ServerErrors => "5xx",
            Self::ClientErrors => "4xx",
            Self::FirstToken => "ttft",
            Self::FirstTokenP90 => "ttft90",
            Self::LatencyP50 => "p50",
            Self::Latency => "p90",
            Self::LatencyP99 => "p99",
            Self::VsUsual => "vs7d",
            Self::Speed => "speed",
            Self::Input => "in",
            Self::Output => "out",
            Self::Cached => "cached",
            Self::Cost => "cost",
        }
    }

    /// All that are numbers.
    pub const NUMBERS: [Self; 20] = [
        Self::Use,
        Self::Peak,
        Self::Limit,
        Self::Requests,
        Self::Tokens,
        Self::InFlight,
        Self::Throttled,
        Self::ServerErrors,
        Self::ClientErrors,
        Self::FirstToken,
        Self::FirstTokenP90,
        Self::LatencyP50,
        Self::Latency,
        Self::LatencyP99,
        Self::VsUsual,
        Self::Speed,
        Self::Input,
        Self::Output,
        Self::Cached,
        Self::Cost,
    ];

    /// The columns of a set that rows can be sorted by, from left to right.
    #[must_use]
    pub fn of(columns: ColumnSet) -> &'static [Self] {
        use SortKey::{
            Cached, ClientErrors, Cost, FirstToken, FirstTokenP90, InFlight, Input, Latency, LatencyP50, LatencyP99,
            Limit, Name, Output, Peak, Requests, ServerErrors, Speed, Throttled, Use, VsUsual,
        };
        match columns {
            ColumnSet::Load => &[
                Name,
                Use,
                Peak,
                Limit,
                Requests,
                InFlight,
                Throttled,
                ServerErrors,
                ClientErrors,
                FirstToken,
                Latency,
                VsUsual,
            ],
            ColumnSet::Latency => &[
                Name,
                Use,
                Peak,
                Limit,
                InFlight,
                Throttled,
                FirstToken,
                FirstTokenP90,
                LatencyP50,
                Latency,
                LatencyP99,
                VsUsual,
                Speed,
            ],
            ColumnSet::Tiers => &[Name, Use, Peak, Limit, Throttled, Input, Output, Cached, Cost],
        }
    }
}

impl Sort {
    /// What `s` sorts by next with these columns: trouble, then each of them, then trouble again. The order's direction is the usual one again.
    #[must_use]
    pub fn next(self, columns: ColumnSet) -> Self {
        let keys = SortKey::of(columns);
        let at = self.by.and_then(|by| keys.iter().position(|key| *key == by));
        let by = match (self.by, at) {
            (None, _) | (Some(_), None) => keys.first().copied(),
            (Some(_), Some(at)) => keys.get(at + 1).copied(),
        };
        Self { by, reversed: false }
    }

    /// What a click on a column's title sorts by: that column, or, where it does so already, the other way round.
    #[must_use]
    pub fn by_column(self, key: SortKey) -> Self {
        if self.by == Some(key) {
            Self { reversed: !self.reversed, ..self }
        } else {
            Self { by: Some(key), reversed: false }
        }
    }

    /// Whether the largest number is on top, or the last name; None where rows are sorted by trouble.
    #[must_use]
    pub fn is_descending(self) -> Option<bool> {
        self.by.map(|by| (by == SortKey::Name) == self.reversed)
    }

    /// Its name: `trouble`, or the column's; turned round it ends with `, reversed`.
    #[must_use]
    pub fn name(self) -> String {
        let by = self.by.map_or("trouble", SortKey::name);
        if self.reversed { format!("{by}, reversed") } else { by.to_owned() }
    }

    /// Puts things into this order by the subjects that they are about. Those that are equal keep their order, and unknown ones are last either way.
    pub(super) fn sort<'a, T>(self, things: Vec<(T, Subject<'a>)>, snapshot: &'a Snapshot) -> Vec<T> {
        let (Some(by), Some(descending)) = (self.by, self.is_descending()) else {
            return things.into_iter().map(|(thing, _)| thing).collect();
        };
        let mut keyed: Vec<(Value, T)> =
            things.into_iter().map(|(thing, subject)| (Value::of(subject, by, descending, snapshot), thing)).collect();
        keyed.sort_by(|(a, _), (b, _)| a.compare(b, descending));
        keyed.into_iter().map(|(_, thing)| thing).collect()
    }
}

/// What two rows are compared by.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(f64),
    Text(String),
    Unknown,
}

impl Value {
    /// A pool that has no such number of its own, such as a percentile, goes by the member that comes first in this order: what is looked for is on top.
    fn of(subject: Subject<'_>, by: SortKey, descending: bool, snapshot: &Snapshot) -> Self {
        if by == SortKey::Name {
            return subject.members(snapshot).next().map_or(Self::Unknown, |row| Self::Text(name(row)));
        }
        let own = |subject: Subject<'_>| subject.number(by, snapshot).map(|(number, _)| number);
        let of_members = || {
            let Subject::Pool(pool, None) = subject else { return None };
            let members = subject.members(snapshot).filter_map(|row| own(Subject::Member(pool, row)));
            members.reduce(if descending { f64::max } else { f64::min })
        };
        let is_of_one = matches!(
            by,
            SortKey::FirstToken
                | SortKey::FirstTokenP90
                | SortKey::LatencyP50
                | SortKey::Latency
                | SortKey::LatencyP99
                | SortKey::VsUsual
                | SortKey::Speed
        );
        let number = own(subject).or_else(|| if is_of_one { of_members() } else { None });
        number.map_or(Self::Unknown, Self::Number)
    }

    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let known = match (self, other) {
            (Self::Unknown, Self::Unknown) => return Ordering::Equal,
            (Self::Unknown, _) => return Ordering::Greater,
            (_, Self::Unknown) => return Ordering::Less,
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        };
        if descending { known.reverse() } else { known }
    }
}

/// What a row is called, for sorting: model, scope, own name.
fn name(row: &EndpointRow) -> String {
    let endpoint = &row.endpoint;
    let scope = match &endpoint.scope {
        Some(Scope::Geo(prefix)) => prefix.as_str(),
        Some(Scope::Global) => "global",
        Some(Scope::InRegion) | None => "",
    };
    let own = endpoint.profile_name.as_deref().unwrap_or_default();
    format!("{}\0{scope}\0{own}", endpoint.model_name).to_lowercase()
}

/// Pools by class of trouble. Within a class they keep their places once the screen has `settled`; before that, and for new ones, the busiest comes first.
pub(super) fn ordered(before: &[PoolId], snapshot: &Snapshot, settled: bool) -> Vec<PoolId> {
    let share = |pool: &PoolRow| {
        let quota = pool.token_quota().and_then(PoolQuota::used_percent);
        quota.unwrap_or(-1.0)
    };
    let mut pools: Vec<_> = snapshot.pools.iter().collect();
    pools.sort_by(|a, b| {
        share(b).total_cmp(&share(a)).then_with(|| b.rpm_now.unwrap_or(-1.0).total_cmp(&a.rpm_now.unwrap_or(-1.0)))
    });
    if settled {
        let place = |id: &PoolId| before.iter().position(|known| known == id).unwrap_or(usize::MAX);
        pools.sort_by_key(|pool| place(&pool.id));
    }
    pools.sort_by_key(|pool| Trouble::of(pool, snapshot));
    pools.into_iter().map(|pool| pool.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<f64>().prop_filter("a number that is shown is finite", |n| n.is_finite()).prop_map(Value::Number),
            Just(Value::Unknown),
        ]
    }

    proptest! {
        #[test]
        fn the_order_is_total_and_the_unknown_is_last_either_way(mut values in prop::collection::vec(value(), 0..40), descending in any::<bool>()) {
            let unknown = values.iter().filter(|value| **value == Value::Unknown).count();
            values.sort_by(|a, b| a.compare(b, descending));
            let (known, last) = values.split_at(values.len() - unknown);
            prop_assert!(last.iter().all(|value| *value == Value::Unknown));
            for pair in known.windows(2) {
                if let [Value::Number(a), Value::Number(b)] = pair {
                    let (first, second) = if descending { (b, a) } else { (a, b) };
                    prop_assert!(first <= second);
                }
            }
        }
    }

    #[test]
    fn s_goes_round_the_columns_and_ends_with_trouble() {
        for columns in ColumnSet::ALL {
            let (mut sort, mut seen) = (Sort::default(), Vec::new());
            loop {
                sort = sort.next(columns);
                let Some(by) = sort.by else { break };
                seen.push(by);
            }
            assert_eq!(seen, SortKey::of(columns));
        }
        let cost = Sort::default().by_column(SortKey::Cost);
        assert_eq!(cost.next(ColumnSet::Load).by, Some(SortKey::Name), "a column that is not shown: from the first on");
    }

    #[test]
    fn a_title_that_is_clicked_again_turns_the_order_round() {
        let once = Sort { by: Some(SortKey::Use), reversed: true }.by_column(SortKey::Cost);
        assert_eq!((once.by, once.is_descending()), (Some(SortKey::Cost), Some(true)));
        assert_eq!(once.by_column(SortKey::Cost).is_descending(), Some(false));
        assert_eq!(Sort::default().by_column(SortKey::Name).is_descending(), Some(false), "names begin with a");
    }
}
