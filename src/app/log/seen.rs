//! What the log looks at: the newest numbers and how the sources stand, as one reading. And the counts of a run of minutes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    app::{account::Account, state::Feed},
    domain::{
        fault::Source,
        metric::{Metric, Namespace},
        minute::{Minute, Span},
        snapshot::{EndpointRow, PoolRow, Snapshot},
    },
};

/// One reading of the state.
#[derive(Debug, Clone, Copy)]
pub(in crate::app) struct Seen<'a> {
    pub(in crate::app) snapshot: &'a Snapshot,
    pub(in crate::app) account: &'a Account,
    pub(in crate::app) feeds: &'a BTreeMap<Source, Feed>,
    /// Whether window and quotas are known, so that what is seen now has been so and does not begin now.
    pub(in crate::app) settled: bool,
    pub(in crate::app) now: Timestamp,
}

/// What happened in a span of minutes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Counted {
    /// How many, of what is known.
    pub(super) sum: f64,
    /// Whether every minute of every member is known.
    pub(super) exact: bool,
    /// The first and the last minute with any.
    pub(super) ends: Option<(Minute, Minute)>,
}

impl<'a> Seen<'a> {
    pub(super) fn members(&self, pool: &PoolRow) -> impl Iterator<Item = &'a EndpointRow> + use<'a> {
        let rows: Vec<_> = pool.members.iter().filter_map(|index| self.snapshot.endpoints.get(*index)).collect();
        rows.into_iter()
    }

    /// Counts a metric of all members of a pool.
    pub(super) fn counted(&self, pool: &PoolRow, metric: Metric, span: Span) -> Counted {
        let store = &self.account.store;
        let mut counted = Counted { exact: !span.is_empty(), ..Counted::default() };
        let explained = Namespace::ALL.map(|namespace| (namespace, store.explained(namespace, metric, span)));
        for row in self.members(pool) {
            let namespace = row.endpoint.namespace;
            let explained = explained.iter().find(|(of, _)| *of == namespace).map(|(_, explained)| explained);
            let counts = store.counts(namespace, metric, &row.endpoint.id, None, explained);
            for minute in span.minutes() {
                let Some(count) = counts.at(minute) else {
                    counted.exact = false;
                    continue;
                };
                if count > 0.0 {
                    counted.sum += count;
                    let (first, last) = counted.ends.unwrap_or((minute, minute));
                    counted.ends = Some((first.min(minute), last.max(minute)));
                }
            }
        }
        counted
    }
}
