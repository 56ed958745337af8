//! Quota watch: applied values as they were, between polls and between runs, and what became of them.

use std::collections::{BTreeMap, HashMap};

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

/// The newest change of each quota that changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Watch {
    changes: BTreeMap<QuotaCode, Change>,
}

impl Watch {
    /// Compares two readings and keeps what changed; returns the codes, in order. A value that is not known in one of them has not changed.
    pub fn compare(
        &mut self,
        before: &QuotaTable,
        after: &QuotaTable,
        still_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Vec<QuotaCode> {
        let known = before.quotas.iter().filter_map(|quota| Some((&quota.code, before.in_force(quota)?)));
        let known: HashMap<&QuotaCode, f64> = known.collect();
        let mut changed = Vec::new();
        for quota in &after.quotas {
            let (Some(from), Some(to)) = (known.get(&quota.code).copied(), after.in_force(quota)) else { continue };
            if !same(from, to) {
                self.changes.insert(quota.code.clone(), Change { from, to, seen_at: now, still_at });
                changed.push(quota.code.clone());
            }
        }
        changed
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
}
