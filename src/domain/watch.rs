//! Quota watch: applied values as they were, between polls and between runs, and what became of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ids::QuotaCode, quota::QuotaTable};

/// A change of the value in force.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The value before.
    pub from: f64,
    /// The value since.
    pub to: f64,
    /// When the change was seen.
    pub seen_at: Timestamp,
    /// When the value before was last seen: the change happened between the two. None where that is not known.
    pub still_at: Option<Timestamp>,
}

/// A value in force as it was last known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct LastKnown {
    value: f64,
    at: Option<Timestamp>,
}

/// The newest change of each quota that changed, and each one's value as it was last known: a value that cannot be read for a while is compared with the one before.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Watch {
    changes: BTreeMap<QuotaCode, Change>,
    /// Caches of earlier versions have none.
    #[serde(default)]
    last: BTreeMap<QuotaCode, LastKnown>,
}

impl Watch {
    /// Compares two readings and keeps what changed; returns the codes, in order. A value that is not known now has not changed; one that was not known before is
    /// compared with what was last known of it. `still_at`: when `before` was read.
    pub fn compare(
        &mut self,
        before: &QuotaTable,
        after: &QuotaTable,
        still_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Vec<QuotaCode> {
        for quota in &before.quotas {
            if let Some(value) = before.in_force(quota) {
                self.last.entry(quota.code.clone()).or_insert(LastKnown { value, at: still_at });
            }
        }
        let mut changed = Vec::new();
        let mut last = BTreeMap::new();
        for quota in &after.quotas {
            let known = self.last.remove(&quota.code);
            let read = after.in_force(quota).map(|value| LastKnown { value, at: Some(now) });
            if let (Some(from), Some(to)) = (known, read)
                && !same(from.value, to.value)
            {
                let change = Change { from: from.value, to: to.value, seen_at: now, still_at: from.at };
                self.changes.insert(quota.code.clone(), change);
                changed.push(quota.code.clone());
            }
            last.extend(read.or(known).map(|known| (quota.code.clone(), known)));
        }
        // Codes that are listed no more are forgotten.
        self.last = last;
        changed
    }

    /// Takes what a later watch of the same account has seen.
    pub fn follow(&mut self, later: Self) {
        self.changes.extend(later.changes);
        self.last.extend(later.last);
    }

    /// The newest change of a quota.
    #[must_use]
    pub fn change(&self, code: &QuotaCode) -> Option<&Change> {
        self.changes.get(code)
    }
}

/// Whether two values of a quota are the same, but for how floating-point numbers are written.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= f64::EPSILON * a.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quota::Quota;

    fn table(values: &[(&str, Option<f64>, Option<f64>)]) -> QuotaTable {
        let quota = |(code, applied, default): &(&str, Option<f64>, Option<f64>)| Quota {
            code: (*code).into(),
            name: String::new(),
            applied: *applied,
            default: *default,
            adjustable: true,
            error: None,
            default_error: None,
        };
        QuotaTable { quotas: values.iter().map(quota).collect(), applied_listed: true, defaults_listed: true }
    }

    #[test]
    fn only_a_known_value_that_became_another_is_a_change() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let before = table(&[("L-1", Some(0.0), Some(5.0)), ("L-2", Some(2.0), None), ("L-3", Some(3.0), Some(7.0))]);
        let after = table(&[
            ("L-1", Some(200_000.0), Some(5.0)),
            ("L-2", Some(2.0), None),
            ("L-3", None, Some(7.0)),
            ("L-4", Some(1.0), None),
        ]);
        let mut watch = Watch::default();
        let changed = watch.compare(&before, &after, Some(at(5)), at(60));
        assert_eq!(changed, ["L-1".into(), "L-3".into()], "a value that is taken away leaves the default in force");
        let change = watch.change(&"L-1".into()).unwrap();
        assert_eq!((change.from, change.to, change.seen_at, change.still_at), (0.0, 200_000.0, at(60), Some(at(5))));
        assert!(watch.compare(&after, &after, None, at(120)).is_empty());
        assert_eq!(watch.change(&"L-1".into()).unwrap().seen_at, at(60), "the newest change stays");
        let unread = QuotaTable { applied_listed: false, ..table(&[("L-1", None, Some(5.0))]) };
        assert!(watch.compare(&after, &unread, None, at(180)).is_empty());
    }

    #[test]
    fn a_value_that_could_not_be_read_for_a_while_is_compared_with_the_last_known_one() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let value = |applied| table(&[("L-1", Some(applied), None)]);
        let mut unreadable = value(0.0);
        unreadable.quotas[0].applied = None;
        unreadable.quotas[0].error = Some("DEPENDENCY_SERVICE_ERROR".into());
        let mut watch = Watch::default();
        assert!(watch.compare(&QuotaTable::default(), &value(5.0), None, at(60)).is_empty());
        assert!(watch.compare(&value(5.0), &unreadable, Some(at(60)), at(120)).is_empty());
        assert!(watch.compare(&unreadable, &unreadable, Some(at(120)), at(180)).is_empty());
        // The program may end in between.
        let mut watch: Watch = serde_json::from_str(&serde_json::to_string(&watch).unwrap()).unwrap();
        assert_eq!(watch.compare(&unreadable, &value(7.0), Some(at(180)), at(240)), ["L-1".into()]);
        let change = watch.change(&"L-1".into()).unwrap();
        assert_eq!((change.from, change.to, change.still_at), (5.0, 7.0, Some(at(60))), "it was last seen at 60 s");
    }
}
