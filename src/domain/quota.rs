//! Bedrock quotas as Service Quotas gives them: applied values and defaults, merged by code. What their names mean is [`super::quota_name`]'s.

use std::collections::{BTreeMap, btree_map::Entry};

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
    /// Why the applied value is not to be trusted: `ErrorReason` as `code: message`, or what is wrong with the value itself.
    pub error: Option<String>,
    /// The same of the default.
    pub default_error: Option<String>,
}

/// A quota as either List operation gives it: nothing is believed yet.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedQuota {
    /// `QuotaCode`.
    pub code: QuotaCode,
    /// `QuotaName`.
    pub name: String,
    /// `Adjustable`.
    pub adjustable: bool,
    /// `Value`, as [`value`] judges it.
    pub value: Result<f64, String>,
    /// `ErrorReason` as `code: message`: a value beside it, usually 0, is not the quota's.
    pub error: Option<String>,
}

/// Above this a double does not hold every whole number any more, and no quota comes near it.
const VALUE_AT_MOST: f64 = 9_007_199_254_740_992.0;

/// A quota's value, if it can be one.
///
/// # Errors
/// What is wrong with it, one clause.
pub fn value(said: Option<f64>) -> Result<f64, String> {
    match said {
        None => Err("it has no value".to_owned()),
        Some(value) if !value.is_finite() => Err(format!("its value {value} is not a number")),
        Some(value) if value < 0.0 => Err(format!("its value {value} is negative")),
        Some(value) if value > VALUE_AT_MOST => Err(format!("its value {value:e} is too large for a quota")),
        // Minus zero is zero.
        Some(value) => Ok(value + 0.0),
    }
}

/// `ErrorReason` in one line.
#[must_use]
pub fn error_reason(code: Option<&str>, message: Option<&str>) -> String {
    let code = code.unwrap_or("UNKNOWN");
    message.map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"))
}

impl ListedQuota {
    /// As `ListServiceQuotas` gives it: `applied` is filled, or `error`.
    #[must_use]
    pub fn applied(self) -> Quota {
        let (applied, error) = self.judged();
        Quota { applied, error, ..self.named() }
    }

    /// As `ListAWSDefaultServiceQuotas` gives it: `default` is filled, or `default_error`.
    #[must_use]
    pub fn default(self) -> Quota {
        let (default, default_error) = self.judged();
        Quota { default, default_error, ..self.named() }
    }

    fn judged(&self) -> (Option<f64>, Option<String>) {
        match (&self.error, &self.value) {
            (Some(error), _) | (None, Err(error)) => (None, Some(error.clone())),
            (None, Ok(value)) => (Some(*value), None),
        }
    }

    fn named(self) -> Quota {
        Quota {
            code: self.code,
            name: self.name,
            applied: None,
            default: None,
            adjustable: self.adjustable,
            error: None,
            default_error: None,
        }
    }
}

impl Quota {
    /// The value that one of the two lists gives, and why there is none.
    fn said(&mut self, applied: bool) -> (&mut Option<f64>, &mut Option<String>) {
        if applied { (&mut self.applied, &mut self.error) } else { (&mut self.default, &mut self.default_error) }
    }
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
            let (value, error) = quota.said(applied);
            (*value, *error) = (None, None);
        }
        for mut quota in each_once(listed, applied) {
            match by_code.entry(quota.code.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(quota);
                }
                Entry::Occupied(mut entry) => {
                    let known = entry.get_mut();
                    // The account's own list has the last word on what the quota is.
                    let has_the_word = applied || (known.applied.is_none() && known.error.is_none());
                    if has_the_word && !quota.name.is_empty() {
                        known.name = std::mem::take(&mut quota.name);
                        known.adjustable = quota.adjustable;
                    }
                    let (value, error) = quota.said(applied);
                    let (known, known_error) = known.said(applied);
                    (*known, *known_error) = (value.take(), error.take());
                }
            }
        }
        let says = |quota: &Quota| {
            quota.applied.is_some() || quota.default.is_some() || quota.error.is_some() || quota.default_error.is_some()
        };
        self.quotas = by_code.into_values().filter(says).collect();
        let listed = if applied { &mut self.applied_listed } else { &mut self.defaults_listed };
        *listed = true;
    }

    /// The inference quotas with their decoded names.
    pub fn inference(&self) -> impl Iterator<Item = (&Quota, QuotaName<'_>)> {
        self.quotas.iter().map(|quota| (quota, decode(&quota.name))).filter(|(_, name)| name.is_inference())
    }
}

/// A quota of a list that may name its code several times.
struct Once {
    quota: Quota,
    /// Whether a second name has been added.
    has_two_names: bool,
    /// Whether its value has been taken away.
    has_two_values: bool,
}

impl Once {
    /// The list names its code again: where that contradicts, the value is unknown, and the name is both. Only the first contradiction is told.
    fn again(&mut self, mut other: Quota, applied: bool) {
        if !self.has_two_names && self.quota.name != other.name {
            self.quota.name = format!("{} / {}", self.quota.name, other.name);
            self.has_two_names = true;
        }
        let (other, _) = other.said(applied);
        let (value, error) = self.quota.said(applied);
        if !self.has_two_values && *value != *other {
            let said = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), |value| value.to_string());
            *error = Some(format!("it is listed as {} and as {}", said(value.take()), said(*other)));
            self.has_two_values = true;
        }
    }
}

/// A list with every code once.
fn each_once(listed: Vec<Quota>, applied: bool) -> impl Iterator<Item = Quota> {
    let mut by_code: BTreeMap<QuotaCode, Once> = BTreeMap::new();
    for quota in listed {
        match by_code.entry(quota.code.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(Once { quota, has_two_names: false, has_two_values: false });
            }
            Entry::Occupied(mut entry) => entry.get_mut().again(quota, applied),
        }
    }
    by_code.into_values().map(|once| once.quota)
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
            default_error: None,
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
        Quota {
            code: code.into(),
            name: code.into(),
            applied,
            default,
            adjustable: false,
            error: None,
            default_error: None,
        }
    }

    fn listed(value: Option<f64>) -> ListedQuota {
        let value = super::value(value);
        ListedQuota { code: "L-1".into(), name: "L-1".to_owned(), adjustable: false, value, error: None }
    }

    #[test]
    fn what_can_be_no_quota_is_unknown_with_its_reason() {
        for (said, reason) in [
            (None, "it has no value"),
            (Some(-5.0), "its value -5 is negative"),
            (Some(f64::NAN), "its value NaN is not a number"),
            (Some(f64::INFINITY), "its value inf is not a number"),
            (Some(1e308), "its value 1e308 is too large for a quota"),
        ] {
            let applied = listed(said).applied();
            assert_eq!((applied.applied, applied.error.as_deref()), (None, Some(reason)), "{said:?}");
            let default = listed(said).default();
            assert_eq!((default.default, default.error, default.default_error.as_deref()), (None, None, Some(reason)));
        }
        assert!(listed(Some(-0.0)).applied().applied.is_some_and(f64::is_sign_positive));
        assert_eq!(listed(Some(43.2e9)).default(), quota("L-1", None, Some(43.2e9)));
        let refused = ListedQuota { error: Some("DENIED".to_owned()), ..listed(Some(0.0)) };
        assert_eq!((refused.clone().applied().applied, refused.applied().error.as_deref()), (None, Some("DENIED")));
    }

    #[test]
    fn a_list_that_contradicts_itself_leaves_the_value_unknown() {
        let mut table = QuotaTable::default();
        table.replace(vec![quota("L-1", None, Some(9.0)); 2], false);
        assert_eq!(table.quotas, [quota("L-1", None, Some(9.0))]);
        let named = |name: &str, value| Quota { name: name.to_owned(), ..quota("L-1", Some(value), None) };
        let twice = vec![named("a", 5.0), named("b", 7.0)];
        table.replace(twice.clone(), true);
        assert_eq!((table.quotas[0].applied, table.in_force(&table.quotas[0])), (None, None));
        assert_eq!(table.quotas[0].error.as_deref(), Some("it is listed as 5 and as 7"));
        let mut fresh = QuotaTable::default();
        fresh.replace(twice, true);
        assert_eq!(fresh.quotas[0].name, "a / b", "neither name is chosen");
        let mut defaults = QuotaTable::default();
        defaults.replace(vec![quota("L-1", None, Some(1.0)), quota("L-1", None, None)], false);
        let row = &defaults.quotas[0];
        assert_eq!((row.default, row.default_error.as_deref()), (None, Some("it is listed as 1 and as unknown")));
    }

    #[test]
    fn a_code_that_is_named_without_end_is_told_once() {
        let named = |number: u32| Quota { name: format!("n{number}"), ..quota("L-1", Some(f64::from(number)), None) };
        let mut table = QuotaTable::default();
        table.replace((0..100_000).map(named).collect(), true);
        let row = &table.quotas[0];
        assert_eq!((row.name.as_str(), row.error.as_deref()), ("n0 / n1", Some("it is listed as 0 and as 1")));
    }

    #[test]
    fn a_name_that_changes_is_taken_and_the_account_s_own_list_has_the_last_word() {
        let named = |name: &str, adjustable, of: Quota| Quota { name: name.to_owned(), adjustable, ..of };
        let mut table = QuotaTable::default();
        table.replace(vec![named("old", false, quota("L-1", Some(5.0), None))], true);
        table.replace(vec![named("other", true, quota("L-1", None, Some(9.0)))], false);
        assert_eq!((table.quotas[0].name.as_str(), table.quotas[0].adjustable), ("old", false));
        table.replace(vec![named("new", true, quota("L-1", Some(7.0), None))], true);
        let row = &table.quotas[0];
        assert_eq!((row.name.as_str(), row.adjustable, row.applied, row.default), ("new", true, Some(7.0), Some(9.0)));
        table.replace(vec![named("", false, quota("L-1", None, None))], true);
        assert_eq!(table.quotas[0].name, "new", "a row without a name takes none away");
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
