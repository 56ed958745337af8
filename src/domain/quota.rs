//! Bedrock quotas as Service Quotas gives them: applied values and defaults, merged by code. What their names mean is [`super::quota_name`]'s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ids::QuotaCode,
    quota_name::{QuotaName, decode},
};

/// A quota as the two List operations of Service Quotas give it, merged by code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    /// `QuotaCode`.
    pub code: QuotaCode,
    /// `QuotaName`.
    pub name: String,
    /// The account's value from `ListServiceQuotas`; None where it lists none, or where its `ErrorReason` says that it could not be read.
    pub applied: Option<f64>,
    /// The default from `ListAWSDefaultServiceQuotas`; None where it lists none.
    pub default: Option<f64>,
    /// Whether an increase can be asked for through Service Quotas.
    pub adjustable: bool,
    /// `ErrorReason` as `code: message`: the applied value is not to be trusted.
    pub error: Option<String>,
}

/// Every quota of the service, and how much of the two lists came in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct QuotaTable {
    /// By code, in order.
    pub quotas: Vec<Quota>,
    /// Whether `ListServiceQuotas` was read to its end. Without it a quota that has only a default may well have been lowered.
    pub applied_listed: bool,
    /// Whether `ListAWSDefaultServiceQuotas` was read to its end.
    pub defaults_listed: bool,
}

impl QuotaTable {
    /// The value in force: the applied one, or the default where all applied values are known and this one has none. None where it is not known, or where an `ErrorReason` stands.
    #[must_use]
    pub fn in_force(&self, quota: &Quota) -> Option<f64> {
        if quota.error.is_some() {
            return None;
        }
        quota.applied.or(quota.default.filter(|_| self.applied_listed))
    }

    /// Takes one of the two lists, which replaces what that list said before.
    pub fn replace(&mut self, listed: Vec<Quota>, applied: bool) {
        let mut by_code: BTreeMap<QuotaCode, Quota> =
            std::mem::take(&mut self.quotas).into_iter().map(|quota| (quota.code.clone(), quota)).collect();
        for quota in by_code.values_mut() {
            let said = if applied { &mut quota.applied } else { &mut quota.default };
            *said = None;
            if applied {
                quota.error = None;
            }
        }
        for quota in listed {
            let known = by_code.entry(quota.code.clone()).or_insert_with(|| Quota {
                applied: None,
                default: None,
                error: None,
                ..quota.clone()
            });
            if applied {
                (known.applied, known.error) = (quota.applied, quota.error);
            } else {
                known.default = quota.default;
            }
        }
        self.quotas =
            by_code.into_values().filter(|q| q.applied.is_some() || q.default.is_some() || q.error.is_some()).collect();
        let listed = if applied { &mut self.applied_listed } else { &mut self.defaults_listed };
        *listed = true;
    }

    /// The inference quotas with their decoded names.
    pub fn inference(&self) -> impl Iterator<Item = (&Quota, QuotaName<'_>)> {
        self.quotas.iter().map(|quota| (quota, decode(&quota.name))).filter(|(_, name)| name.is_inference())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_in_force_only_where_all_applied_values_are_known() {
        let quota = Quota {
            code: "L-1".into(),
            name: String::new(),
            applied: None,
            default: Some(5.0),
            adjustable: true,
            error: None,
        };
        let table = |applied_listed| QuotaTable { quotas: vec![], applied_listed, defaults_listed: true };
        assert_eq!(table(true).in_force(&quota), Some(5.0));
        assert_eq!(table(false).in_force(&quota), None);
        let zero = Quota { applied: Some(0.0), ..quota };
        assert_eq!(table(false).in_force(&zero), Some(0.0));
        let unreadable = Quota { error: Some("DEPENDENCY_SERVICE_ERROR".into()), ..zero };
        assert_eq!(table(true).in_force(&unreadable), None);
    }

    fn quota(code: &str, applied: Option<f64>, default: Option<f64>) -> Quota {
        Quota { code: code.into(), name: code.into(), applied, default, adjustable: false, error: None }
    }

    #[test]
    fn the_lists_are_merged_by_code_and_each_replaces_what_it_said_before() {
        let mut table = QuotaTable::default();
        table.replace(vec![quota("L-3", None, Some(3.0)), quota("L-2", None, Some(2.0))], false);
        assert!(!table.applied_listed && table.defaults_listed);
        table.replace(vec![quota("L-2", Some(0.0), None), quota("L-1", Some(7.0), None)], true);
        let merged =
            vec![quota("L-1", Some(7.0), None), quota("L-2", Some(0.0), Some(2.0)), quota("L-3", None, Some(3.0))];
        assert_eq!(table.quotas, merged);
        table.replace(vec![quota("L-2", Some(5.0), None)], true);
        assert_eq!(table.quotas, [quota("L-2", Some(5.0), Some(2.0)), quota("L-3", None, Some(3.0))]);
    }
}
