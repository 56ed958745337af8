//! The table's rows as they stand: in the view's order, sorted, and those that the filter finds.

use std::collections::HashMap;

use crate::domain::{
    ids::{EndpointId, PoolId},
    snapshot::{EndpointRow, PoolRow, Snapshot},
};

use super::{
    filter::{Query, parse},
    sort::Sort,
    state::{Row, State},
    subject::Subject,
    view::RowId,
};

/// How much the filter finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Rows that are shown.
    pub shown: usize,
    /// Rows there would be without a filter.
    pub of: usize,
    /// Endpoints without traffic that it would find if they were shown; 0 where they are.
    pub idle_beside: usize,
}

impl State {
    /// The table's rows from top to bottom: pools in the view's order or sorted by a column, each pool of several followed by its members, then idle
    /// endpoints if shown. Of these, what the filter finds: a pool is shown when it or a member is found, and with it all members where its name
    /// is found, else the members that are.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let (snapshot, sort) = (&*self.snapshot, self.view.sort);
        let query = parse(&self.view.filter.text);
        let places: HashMap<&PoolId, usize> =
            snapshot.pools.iter().enumerate().map(|(index, pool)| (&pool.id, index)).collect();
        let in_order = self.view.order.iter().filter_map(|id| places.get(id).copied());
        let pools = in_order.map(|index| (index, Subject::of_pool(&snapshot.pools[index], snapshot))).collect();
        let mut pools = sort.sort(pools, snapshot);
        if sort.by.is_none() && sort.reversed {
            pools.reverse();
        }
        let mut rows = Vec::new();
        for index in pools {
            push_pool(&mut rows, index, snapshot, sort, &query);
        }
        if self.view.show_idle {
            let idle = self.idle().map(|(index, row)| (index, Subject::Idle(row)));
            let found = idle.filter(|(_, subject)| query.finds(*subject, snapshot)).collect();
            rows.extend(sort.sort(found, snapshot).into_iter().map(|index| Row {
                id: RowId::Idle(snapshot.endpoints[index].endpoint.id.clone()),
                pool: None,
                endpoint: Some(index),
                last_member: false,
            }));
        }
        rows
    }

    /// The row that charts, reasons, copies and links are about: the one that has the whole screen, else the cursor's.
    #[must_use]
    pub fn subject_row(&self) -> Option<Row> {
        self.row(self.view.detail.as_ref().map(|detail| &detail.row).or(self.view.cursor.as_ref())?)
    }

    /// A row by its identity; also where the filter or hidden idle endpoints keep it out of the table.
    #[must_use]
    pub fn row(&self, id: &RowId) -> Option<Row> {
        let snapshot = &self.snapshot;
        let pool_at = |id: &PoolId| snapshot.pools.iter().position(|pool| pool.id == *id);
        let is_it =
            |index: &usize, id: &EndpointId| snapshot.endpoints.get(*index).is_some_and(|row| row.endpoint.id == *id);
        let (pool, endpoint) = match id {
            RowId::Pool(id) => {
                let at = pool_at(id)?;
                (Some(at), only_member(&snapshot.pools[at]))
            }
            RowId::Member(pool, id) => {
                let at = pool_at(pool)?;
                (Some(at), Some(*snapshot.pools[at].members.iter().find(|index| is_it(index, id))?))
            }
            RowId::Idle(id) => (None, Some(self.idle().find(|(_, row)| row.endpoint.id == *id)?.0)),
        };
        Some(Row { id: id.clone(), pool, endpoint, last_member: false })
    }

    /// How much the filter finds.
    #[must_use]
    pub fn found(&self) -> Found {
        let snapshot = &*self.snapshot;
        let of_pool = |pool: &PoolRow| if pool.members.len() == 1 { 1 } else { 1 + pool.members.len() };
        let active: usize = snapshot.pools.iter().map(of_pool).sum();
        let (mut idle_beside, mut of) = (0, active);
        if self.view.show_idle {
            of += self.idle_count();
        } else {
            let query = parse(&self.view.filter.text);
            idle_beside = self.idle().filter(|(_, row)| query.finds(Subject::Idle(row), snapshot)).count();
        }
        Found { shown: self.rows().len(), of, idle_beside }
    }

    fn idle(&self) -> impl Iterator<Item = (usize, &EndpointRow)> {
        self.snapshot.endpoints.iter().enumerate().filter(|(_, row)| !row.active)
    }
}

fn push_pool(rows: &mut Vec<Row>, index: usize, snapshot: &Snapshot, sort: Sort, query: &Query) {
    let pool = &snapshot.pools[index];
    let subject = Subject::of_pool(pool, snapshot);
    let found = query.finds(subject, snapshot);
    let only = only_member(pool);
    let members = match only {
        Some(_) => Vec::new(),
        None => members(pool, snapshot, sort, query, found && query.is_of_names()),
    };
    if !found && members.is_empty() {
        return;
    }
    rows.push(Row { id: RowId::Pool(pool.id.clone()), pool: Some(index), endpoint: only, last_member: false });
    let last = members.last().copied();
    for member in members {
        let id = RowId::Member(pool.id.clone(), snapshot.endpoints[member].endpoint.id.clone());
        rows.push(Row { id, pool: Some(index), endpoint: Some(member), last_member: last == Some(member) });
    }
}

/// The endpoint of a pool of one.
fn only_member(pool: &PoolRow) -> Option<usize> {
    match pool.members.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// The members that are shown, by their positions: all, or those that the filter finds.
fn members(pool: &PoolRow, snapshot: &Snapshot, sort: Sort, query: &Query, all: bool) -> Vec<usize> {
    let row = |index: &usize| snapshot.endpoints.get(*index).map(|row| (*index, Subject::Member(pool, row)));
    let found = pool.members.iter().filter_map(row);
    sort.sort(found.filter(|(_, subject)| all || query.finds(*subject, snapshot)).collect(), snapshot)
}
